#include "tools/aihub-serve/pipeline/quota_headers.hpp"

namespace aihub::serve {
namespace {

void append_quota(std::string& head, std::string_view of, const Quota& quota) {
    if (quota.limit < 0) return;
    auto line = [&](std::string_view what, const std::string& value) {
        head.append("x-ratelimit-")
            .append(what)
            .append("-")
            .append(of)
            .append(": ")
            .append(value)
            .append("\r\n");
    };
    line("limit", std::to_string(quota.limit));
    line("remaining", std::to_string(quota.remaining));
    line("reset", quota_duration(quota.reset_ms));
}

}  // namespace

std::string quota_duration(std::int64_t ms) {
    if (ms <= 0) return "0s";
    if (ms < 1000) return std::to_string(ms) + "ms";
    std::int64_t seconds = ms / 1000;
    std::string text = seconds >= 60 ? std::to_string(seconds / 60) + "m" : "";
    text += std::to_string(seconds % 60);
    if (std::int64_t rest = ms % 1000; rest > 0) {
        std::string digits = std::to_string(1000 + rest).substr(1);
        while (digits.ends_with('0')) digits.pop_back();
        text += "." + digits;
    }
    return text + "s";
}

void append_quota_headers(const Exchange& x, std::string& head) {
    append_quota(head, "requests", x.requests_quota);
    append_quota(head, "tokens", x.tokens_quota);
}

std::string quota_headers(const Exchange& x) {
    std::string lines;
    append_quota_headers(x, lines);
    return lines;
}

}  // namespace aihub::serve
