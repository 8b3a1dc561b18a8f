// From a line's entry to what is stored of it. One thread each.
#pragma once

#include <string>

#include "shared/accesslog/client.hpp"
#include "shared/accesslog/entry.hpp"
#include "shared/accesslog/network_scope.hpp"
#include "shared/db/access_events.hpp"

namespace aihub::accesslog {

class EventMaker {
public:
    explicit EventMaker(TrustedProxies trusted) : trusted_(std::move(trusted)) {}

    // Its texts live as long as the entry's and until the next call. `entry` has a time.
    db::AccessEvent make(const Entry& entry);

private:
    NetworkScope scope_of(std::string_view client);

    TrustedProxies trusted_;
    std::string forwarded_;
    std::string last_client_;
    NetworkScope last_scope_ = NetworkScope::unknown;
};

}  // namespace aihub::accesslog
