// How many sign-ups one address may send in a minute: nobody needs a key for them, so nothing else holds back
// who would fill the list. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tools/aihub-serve/accounts/windows.hpp"

namespace aihub::serve {

class SignupGate {
public:
    static constexpr std::int64_t most_a_minute = 10;
    // Addresses that are remembered; when more come within a minute, all of them are turned away.
    static constexpr std::size_t most_addresses = 10'000;

    bool admit(const std::string& address, std::int64_t now_ms);

private:
    void forget_idle(std::int64_t now_ms);

    std::mutex mutex_;
    std::unordered_map<std::string, RequestWindow> windows_;
};

}  // namespace aihub::serve
