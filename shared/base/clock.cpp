#include "shared/base/clock.hpp"

#include <array>
#include <chrono>
#include <ctime>

namespace aihub {
namespace {

std::string format(const char* pattern, const std::tm& when) {
    std::array<char, 64> text{};
    std::size_t length = std::strftime(text.data(), text.size(), pattern, &when);
    return std::string(text.data(), length);
}

std::tm utc(std::int64_t ms) {
    std::time_t seconds = static_cast<std::time_t>(ms / 1000);
    std::tm when{};
    gmtime_r(&seconds, &when);
    return when;
}

}  // namespace

std::int64_t now_ms() {
    auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

std::string utc_iso8601(std::int64_t ms) {
    return format("%Y-%m-%dT%H:%M:%SZ", utc(ms));
}

std::string local_iso8601(std::int64_t ms) {
    std::time_t seconds = static_cast<std::time_t>(ms / 1000);
    std::tm when{};
    localtime_r(&seconds, &when);
    std::string text = format("%Y-%m-%dT%H:%M:%S%z", when);
    text.insert(text.size() - 2, ":");  // strftime writes +0100, nginx +01:00
    return text;
}

std::string http_date(std::int64_t ms) {
    return format("%a, %d %b %Y %H:%M:%S GMT", utc(ms));
}

}  // namespace aihub
