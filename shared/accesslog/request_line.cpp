#include "shared/accesslog/request_line.hpp"

namespace aihub::accesslog {
namespace {

// A method is a token (RFC 9110 5.6.2); those in use consist of letters and hyphens.
bool is_method(std::string_view word) {
    for (char c : word) {
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && c != '-' && c != '_') return false;
    }
    return !word.empty();
}

}  // namespace

RequestLine split_request_line(std::string_view text) {
    std::size_t method_end = text.find(' ');
    if (method_end == text.npos || !is_method(text.substr(0, method_end))) return {"", text};
    std::string_view uri = text.substr(method_end + 1);
    std::size_t protocol = uri.rfind(' ');
    if (protocol != uri.npos && uri.substr(protocol + 1).starts_with("HTTP/")) uri = uri.substr(0, protocol);
    return {text.substr(0, method_end), uri};
}

}  // namespace aihub::accesslog
