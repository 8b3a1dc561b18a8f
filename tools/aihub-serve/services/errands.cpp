#include "tools/aihub-serve/services/errands.hpp"

#include <chrono>
#include <system_error>
#include <thread>

namespace aihub::serve {

bool Errands::Count::add() {
    std::lock_guard lock(mutex);
    if (!stopped) ++under_way;
    return !stopped;
}

void Errands::Count::remove() {
    std::lock_guard lock(mutex);
    --under_way;
    changed.notify_all();
}

Errands::Errands() : count_(std::make_shared<Count>()) {}

Errands::~Errands() {
    stop();
}

bool Errands::run(std::function<void(std::stop_token)> act) {
    if (!count_->add()) return false;
    auto work = [count = count_, act = std::move(act), token = called_off_.get_token()]() mutable {
        act(std::move(token));
        act = nullptr;  // what it owns goes before anybody is told
        count->remove();
    };
    try {
        std::thread(std::move(work)).detach();
        return true;
    } catch (const std::system_error&) {
        count_->remove();
        return false;
    }
}

void Errands::stop() {
    std::unique_lock lock(count_->mutex);
    count_->stopped = true;
    lock.unlock();
    called_off_.request_stop();
    lock.lock();
    count_->changed.wait_for(lock, std::chrono::milliseconds(500), [this] { return count_->under_way == 0; });
}

}  // namespace aihub::serve
