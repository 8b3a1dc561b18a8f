#include "tools/aihub-serve/api/signup_gate.hpp"

#include <iterator>

namespace aihub::serve {

bool SignupGate::admit(const std::string& address, std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    bool known = windows_.contains(address);
    if (!known && windows_.size() >= most_addresses) forget_idle(now_ms);
    if (!known && windows_.size() >= most_addresses) return false;
    RequestWindow& window = windows_[address];
    if (window.count(now_ms) >= most_a_minute) return false;
    window.take(now_ms);
    return true;
}

void SignupGate::forget_idle(std::int64_t now_ms) {
    for (auto at = windows_.begin(); at != windows_.end();)
        at = at->second.count(now_ms) == 0 ? windows_.erase(at) : std::next(at);
}

}  // namespace aihub::serve
