// Asks servers that are down (their breaker is open) whether they are back: a small question that loads no
// model, again and again with growing pauses, never above a second and a half. An answer makes the breaker
// half open, and the next request is the trial. Servers that are up are never asked. One a process, with a
// thread of its own; a question is an errand, so that a server that hangs keeps nobody.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "shared/base/units.hpp"
#include "shared/log/log.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/errands.hpp"

namespace aihub::serve {

class HealthProbe {
public:
    // `is_back` is called on our thread when a server has answered that was down: its models may be others
    // now.
    HealthProbe(log::Logger& logger, std::function<void()> is_back);
    ~HealthProbe();

    void start();
    void stop();
    // The pause before the first question after a failure; 0: servers are not asked, and a trial is made
    // after a rest. Any thread.
    void configure(Milliseconds first_pause);
    // The servers there are from now on. Those that discovery has not reached since it last did count as
    // down. Any thread.
    void watch(const Catalogue& catalogue);

private:
    using Clock = std::chrono::steady_clock;
    struct Watched;

    void run();
    bool look(Clock::time_point now);
    void ask(const std::shared_ptr<Watched>& server);
    void note_findings(const Catalogue& catalogue, const Upstream& upstream);

    log::Logger& logger_;
    std::function<void()> is_back_;
    std::thread thread_;
    Errands errands_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::shared_ptr<Watched>> servers_;  // by findings_key
    std::set<std::string> unreached_;                          // what discovery could not reach
    Milliseconds first_pause_{1000};
    bool stopping_ = false;
};

}  // namespace aihub::serve
