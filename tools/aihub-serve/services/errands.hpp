// Blocking work, each piece on a thread of its own that nobody has to wait for: looking up a name cannot be
// called off, so at the end of the program such a thread is left behind. Any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

namespace aihub::serve {

class Errands {
public:
    Errands();
    ~Errands();
    Errands(const Errands&) = delete;

    // Runs `act`, which may outlive us and everything else: it owns what it refers to, and leaves off when
    // the token says so. False when the system has no thread for it, and after stop().
    bool run(std::function<void(std::stop_token)> act);
    // Calls off what is under way and waits for its end, half a second at most.
    void stop();

private:
    struct Count {
        std::mutex mutex;
        std::condition_variable changed;
        unsigned under_way = 0;
        bool stopped = false;

        bool add();
        void remove();
    };

    std::shared_ptr<Count> count_;
    std::stop_source called_off_;
};

}  // namespace aihub::serve
