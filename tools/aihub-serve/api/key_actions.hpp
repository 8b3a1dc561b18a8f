// What becomes of a key that is there: changed, rotated, revoked. The same for admins and for users; which
// keys are theirs is the affair of `find`, which runs on a thread of the account store, so what it refers to
// must live as long as the request.
#pragma once

#include <functional>

#include "shared/db/keys.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

using FindKey = std::function<Result<db::ApiKey>(db::Database&)>;

net::Task<Reply> change_found_key(Exchange& x, FindKey find);
net::Task<Reply> rotate_found_key(Exchange& x, FindKey find);
net::Task<Reply> revoke_found_key(Exchange& x, FindKey find);

}  // namespace aihub::serve
