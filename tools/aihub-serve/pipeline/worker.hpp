// What a loop works with: its upstream connections, its access log, and the current picture of policy,
// accounts and services. One a loop; everything but publish() is for the loop's own thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "shared/log/log.hpp"
#include "tools/aihub-serve/accounts/ledger.hpp"
#include "tools/aihub-serve/accounts/usage_trouble.hpp"
#include "tools/aihub-serve/net/offload.hpp"
#include "tools/aihub-serve/net/upstream_pool.hpp"
#include "tools/aihub-serve/pipeline/accounts.hpp"
#include "tools/aihub-serve/pipeline/policy.hpp"
#include "tools/aihub-serve/pipeline/recorder.hpp"
#include "tools/aihub-serve/pipeline/usage_ids.hpp"
#include "tools/aihub-serve/services/abilities.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/fair_queue.hpp"
#include "tools/aihub-serve/services/retry_budget.hpp"
#include "tools/aihub-serve/services/survey.hpp"

namespace aihub::serve {

class AccountStore;
class ConfigEditor;
class StreamStore;

// The picture that a request is handled by, from its first stage to its last, whatever changes meanwhile.
struct Picture {
    std::shared_ptr<const Policy> policy;
    std::shared_ptr<const Accounts> accounts;
    std::shared_ptr<const Catalogue> catalogue;
    std::shared_ptr<const config::Configuration> configuration;
    std::uint64_t discovery_round = 0;  // how many rounds of asking the services have ended
};

class Worker {
public:
    Worker(net::Loop& loop, net::Offload& offload, AccessLogFile& access_log, log::Logger& logger)
        : loop(loop), pool(loop), offload(offload), records(loop, access_log), logger(logger) {}

    net::Loop& loop;
    net::UpstreamPool pool;
    net::Offload& offload;
    Recorder records;
    log::Logger& logger;

    std::shared_ptr<const Picture> picture;
    bool draining = false;                    // the gateway stops: no connection is kept open after its reply
    std::vector<http::Header> spare_headers;  // memory for the next response head
    // Asks all services for their models now; returns the `discovery_round` that tells all have been. Any
    // thread.
    std::function<std::uint64_t()> ask_for_discovery;
    Survey* survey = nullptr;        // asks servers small things, for all loops
    StreamStore* streams = nullptr;  // that can be taken up again, of all loops
    // Starts a session for a call of our own, as if `client` had connected.
    std::function<void(net::WirePtr client)> serve_inside;
    ApiAbilities* abilities = nullptr;      // which APIs servers speak, for all loops
    AccountStore* account_store = nullptr;  // the database, for the HTTP APIs
    ConfigEditor* config_editor = nullptr;
    RetryBudget retry_budget;
    Ledger* ledger = nullptr;  // of all loops
    UsageIds usage_ids{0, 0};
    const UsageTrouble* usage_trouble = nullptr;  // of all loops
    std::uint64_t turn = 0;      // of requests that name no model: whose turn it is among equals
    FairQueue* queue = nullptr;  // requests of all loops that wait for a server

    // Replaces the picture, from any thread, and wakes who waits for one.
    void publish(std::shared_ptr<const Picture> next) {
        loop.post([this, next = std::move(next)]() mutable {
            picture = std::move(next);
            wake();
        });
    }
    // Nobody waits for a picture any more: the loop is about to end.
    void end_waiting() {
        ending_ = true;
        wake();
    }

    // Suspends until the next picture. False when there will be none.
    net::Task<bool> next_picture() {
        if (ending_) co_return false;
        net::Event event;
        waiting_.push_back(&event);
        co_await event.wait();
        co_return !ending_;
    }

private:
    void wake() {
        std::vector<net::Event*> woken = std::exchange(waiting_, {});
        for (net::Event* event : woken) event->fire();
    }

    std::vector<net::Event*> waiting_;
    bool ending_ = false;
};

}  // namespace aihub::serve
