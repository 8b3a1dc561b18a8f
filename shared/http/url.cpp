#include "shared/http/url.hpp"

#include "shared/base/strings.hpp"

namespace aihub::http {
namespace {

Error bad_url(std::string_view text, const std::string& why) {
    return Error(ErrorCode::invalid_input, "`" + printable(text) + "` is no base URL: " + why,
                 "write it like http://127.0.0.1:11434");
}

bool is_host_name(std::string_view host) {
    return !host.empty() && host.find_first_not_of(
                                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789.-_") == std::string_view::npos;
}

bool is_ipv6(std::string_view host) {
    return !host.empty() && host.find(':') != std::string_view::npos &&
           host.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

// Visible ASCII: the path goes into request lines as it is.
bool is_visible(std::string_view text) {
    for (char c : text)
        if (c <= ' ' || c > '~') return false;
    return true;
}

// Splits "host:port" or "[v6]:port"; the port stays empty when there is none. False when it is neither.
bool split_authority(std::string_view text, std::string_view& host, std::string_view& port) {
    std::size_t host_end = 0;
    if (text.starts_with('[')) {
        host_end = text.find(']');
        if (host_end == std::string_view::npos) return false;
        host = text.substr(1, host_end - 1);
        text.remove_prefix(host_end + 1);
        if (!is_ipv6(host)) return false;
    } else {
        host_end = text.find(':');
        host = text.substr(0, host_end);
        text.remove_prefix(host.size());
        if (!is_host_name(host)) return false;
    }
    if (text.empty()) return true;
    if (text.front() != ':' || text.size() == 1) return false;
    port = text.substr(1);
    return true;
}

}  // namespace

std::string Url::text() const {
    return (tls ? "https://" : "http://") + authority + path;
}

Result<Url> parse_url(std::string_view text) {
    Url url;
    std::string_view rest = text;
    if (istarts_with(rest, "http://"))
        rest.remove_prefix(7);
    else if (istarts_with(rest, "https://")) {
        rest.remove_prefix(8);
        url.tls = true;
    } else {
        return bad_url(text, "it must start with http:// or https://");
    }
    std::size_t slash = rest.find('/');
    std::string_view authority = rest.substr(0, slash);
    std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    if (authority.find('@') != std::string_view::npos || rest.find_first_of("?#\\") != std::string_view::npos)
        return bad_url(text, "it may hold neither user info, query nor fragment");
    if (!is_visible(rest))
        return bad_url(text, "it may hold neither blanks nor other bytes that must be percent-encoded");
    std::string_view host;
    std::string_view port;
    if (!split_authority(authority, host, port)) return bad_url(text, "host or port is malformed");
    std::uint64_t number = url.tls ? 443 : 80;
    if (!port.empty()) number = parse_unsigned(port).value_or(0);
    if (number == 0 || number > 65535) return bad_url(text, "the port must be 1 to 65535");
    while (path.ends_with('/')) path.remove_suffix(1);
    url.host = std::string(host);
    url.port = static_cast<std::uint16_t>(number);
    url.path = std::string(path);
    bool standard = number == (url.tls ? 443U : 80U);
    std::string bracketed = host.find(':') == std::string_view::npos ? url.host : "[" + url.host + "]";
    url.authority = standard ? bracketed : bracketed + ":" + std::to_string(number);
    return url;
}

}  // namespace aihub::http
