// The bodies of most handlers: work on the database that gives the JSON of the reply, or what went wrong.
#pragma once

#include <string>

#include "tools/aihub-serve/api/replies.hpp"
#include "tools/aihub-serve/jobs/account_store.hpp"

namespace aihub::serve {

// `work(database)` gives a Result<std::string>.
template <typename Work>
net::Task<Reply> reply_from(Exchange& x, Work work) {
    Result<std::string> body = co_await x.worker.account_store->ask(x.worker.loop, std::move(work));
    co_return body ? json_reply(std::move(*body)) : failure_reply(x, body.error());
}

// The same for work that changes accounts.
template <typename Work>
net::Task<Reply> reply_from_change(Exchange& x, Work work) {
    Result<std::string> body = co_await x.worker.account_store->change(x.worker.loop, std::move(work));
    co_return body ? json_reply(std::move(*body)) : failure_reply(x, body.error());
}

}  // namespace aihub::serve
