#include "shared/accesslog/flags.hpp"

#include <string>

#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

constexpr std::int64_t slow_ms = 15'000;

// Each begins with a slash, the fewest bytes of a target; but for the first, whose slash is its last.
constexpr std::string_view parent = "..";
constexpr std::string_view suspicious[] = {"/etc/passwd", "/wp-admin", "/.git", "/phpmyadmin"};

bool begins_suspiciously(std::string_view uri) {
    if (uri.size() < 2) return false;
    char second = static_cast<char>(uri[1] | 0x20);  // lower case; no more than a first look
    for (std::string_view what : suspicious)
        if (second == what[1] && istarts_with(uri, what)) return true;
    return false;
}

bool is_suspicious(std::string_view uri) {
    for (std::size_t at = uri.find('/'); at != uri.npos; at = uri.find('/', at + 1)) {
        if (uri.substr(0, at).ends_with(parent)) return true;
        if (begins_suspiciously(uri.substr(at))) return true;
    }
    return false;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// %XX decoded; what is malformed stays, since scanners send that too.
std::string decoded(std::string_view uri) {
    std::string text;
    text.reserve(uri.size());
    for (std::size_t i = 0; i < uri.size(); ++i) {
        bool escape = uri[i] == '%' && i + 2 < uri.size();
        int high = escape ? hex_digit(uri[i + 1]) : -1;
        int low = escape ? hex_digit(uri[i + 2]) : -1;
        bool valid = high >= 0 && low >= 0;
        text.push_back(valid ? static_cast<char>(high * 16 + low) : uri[i]);
        if (valid) i += 2;
    }
    return text;
}

bool has_suspicious_path(std::string_view uri) {
    if (is_suspicious(uri)) return true;
    return uri.find('%') != uri.npos && is_suspicious(decoded(uri));
}

}  // namespace

std::uint8_t flags_of(const Entry& entry) {
    std::uint8_t flags = 0;
    auto add = [&](Flag flag, bool holds) {
        if (holds) flags = static_cast<std::uint8_t>(flags | static_cast<std::uint8_t>(flag));
    };
    add(Flag::upstream_error, entry.status >= 500);
    add(Flag::client_error, entry.status >= 400 && entry.status < 500);
    add(Flag::no_api_key, entry.key_hint.empty());
    add(Flag::suspicious_path, has_suspicious_path(entry.uri));
    add(Flag::very_slow, entry.request_time_ms > slow_ms);
    return flags;
}

std::string_view name(Flag flag) {
    switch (flag) {
        case Flag::upstream_error:
            return "upstream_error";
        case Flag::client_error:
            return "client_error";
        case Flag::no_api_key:
            return "no_api_key";
        case Flag::suspicious_path:
            return "suspicious_path";
        case Flag::very_slow:
            return "very_slow";
    }
    __builtin_unreachable();
}

}  // namespace aihub::accesslog
