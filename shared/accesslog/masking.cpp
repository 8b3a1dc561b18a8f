#include "shared/accesslog/masking.hpp"

#include "shared/base/strings.hpp"

namespace aihub::accesslog {
namespace {

// Followed by the token of a live voice session.
constexpr std::string_view live_path = "/v1/audio/live/";

bool is_secret_name(std::string_view name) {
    for (std::string_view secret : {"api_key", "access_token", "key", "token", "api-key"})
        if (iequals(name, secret)) return true;
    return false;
}

bool is_secret(std::string_view encoded) {
    if (encoded.find('%') == encoded.npos) return is_secret_name(encoded);
    return is_secret_name(decode_percent(encoded).value_or(std::string(encoded)));
}

void append_path(std::string& out, std::string_view path) {
    std::size_t at = path.find(live_path);
    if (at == path.npos) {
        out.append(path);
        return;
    }
    std::size_t token = at + live_path.size();
    bool socket = path.substr(token).starts_with("ws/");
    out.append(path.substr(0, token)).append(socket ? "ws/***" : "***");
}

void append_pair(std::string& out, std::string_view pair) {
    std::string_view name = pair.substr(0, pair.find('='));
    if (is_secret(name) && name.size() < pair.size())
        out.append(name).append("=***");
    else
        out.append(pair);
}

}  // namespace

bool may_hold_secrets(std::string_view target) {
    return target.find('?') != target.npos || target.find(live_path) != target.npos;
}

void append_masked(std::string& out, std::string_view target) {
    std::size_t mark = target.find('?');
    append_path(out, target.substr(0, mark));
    while (mark != target.npos) {
        out.push_back(target[mark]);
        std::size_t next = target.find('&', mark + 1);
        append_pair(out, target.substr(mark + 1, next - mark - 1));
        mark = next;
    }
}

}  // namespace aihub::accesslog
