#include "shared/config/base_url.hpp"

#include <algorithm>
#include <optional>

#include "shared/base/strings.hpp"

namespace aihub::config {
namespace {

Error bad_url(std::string_view text, std::string why) {
    return Error(ErrorCode::invalid_input,
                 "not a server's URL: \"" + printable(text) + "\": " + std::move(why),
                 "write it like http://127.0.0.1:11434");
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_host(std::string_view host) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        return host.find(':') != std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
                   return c == ':' || c == '.' || parse_unsigned({&c, 1}, 16);
               });
    }
    return !host.empty() && std::all_of(host.begin(), host.end(), is_word);
}

// RFC 3986 3.3 without the escapes' digits, which the server judges.
bool is_path(std::string_view path) {
    constexpr std::string_view punctuation = "/-._~%!$&'()*+,;=:@";
    return std::all_of(path.begin(), path.end(), [&](char c) {
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter || punctuation.find(c) != std::string_view::npos;
    });
}

struct Authority {
    std::string host;
    std::uint64_t port;
};

std::optional<Authority> parse_authority(std::string_view text, std::uint64_t default_port) {
    std::size_t colon = text.rfind(':');
    std::size_t bracket = text.rfind(']');
    bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    Authority authority{to_lower(has_port ? text.substr(0, colon) : text), default_port};
    if (!is_host(authority.host)) return std::nullopt;
    if (!has_port) return authority;
    std::optional<std::uint64_t> port = parse_unsigned(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return std::nullopt;
    authority.port = *port;
    return authority;
}

}  // namespace

Result<std::string> normalise_base_url(std::string_view text) {
    bool secure = istarts_with(text, "https://");
    if (!secure && !istarts_with(text, "http://"))
        return bad_url(text, "it must begin with http:// or https://");
    std::string_view rest = text.substr(secure ? 8 : 7);
    std::size_t slash = rest.find('/');
    std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
    while (path.ends_with('/')) path.remove_suffix(1);
    if (rest.find('@') < slash) return bad_url("…", "no user name in it; give the server's key in \"key\"");
    std::optional<Authority> authority = parse_authority(rest.substr(0, slash), secure ? 443 : 80);
    if (!authority) return bad_url(text, "the host or the port is wrong");
    if (!is_path(path)) return bad_url(text, "the path may not hold a query or a blank");
    return (secure ? "https://" : "http://") + authority->host + ":" + std::to_string(authority->port) +
           std::string(path);
}

}  // namespace aihub::config
