// identify: whose key came with the request?
//
// A key may come in any header that clients of the supported APIs use. The first that holds a valid one
// decides; every header that holds a valid one is kept from the server behind us, all others pass: so a
// client can bring credentials of its own for that server beside the gateway's key.
#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/crypto/tokens.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

// The token inside a header, empty when the header carries none; `decoded` holds it when it had to be
// unpacked.
std::string_view token_in(const http::Header& header, std::string& decoded) {
    switch (header.name.size()) {
        case 7:
            return iequals(header.name, "api-key") ? header.value : std::string_view();  // Azure's spelling
        case 9:
            return iequals(header.name, "x-api-key") ? header.value : std::string_view();  // also Anthropic's
        case 14:
            return iequals(header.name, "x-goog-api-key") ? header.value : std::string_view();
        case 13:
            break;
        default:
            return {};
    }
    if (!iequals(header.name, "authorization")) return {};
    if (istarts_with(header.value, "bearer ")) return trim(header.value.substr(7));
    if (!istarts_with(header.value, "basic ")) return {};
    decoded = decode_base64(trim(header.value.substr(6))).value_or(std::string());
    std::size_t colon = decoded.find(':');
    return colon == std::string::npos ? std::string_view() : std::string_view(decoded).substr(colon + 1);
}

std::shared_ptr<const db::Account> look_up(Exchange& x, std::string_view token) {
    const std::shared_ptr<const Accounts>& accounts = x.picture->accounts;
    if (!x.remembered) return accounts->find(token);
    RememberedCaller& last = *x.remembered;
    if (last.accounts != accounts || last.token != token)
        last = {std::string(token), accounts, accounts->find(token), nullptr, nullptr, {}};
    return last.account;
}

// `count` is the number of headers that held something like a key.
std::shared_ptr<const db::Account> find_caller(Exchange& x, unsigned& count) {
    std::shared_ptr<const db::Account> caller;
    std::string decoded;
    for (std::size_t i = 0; i < x.request.headers.size(); ++i) {
        std::string_view token = token_in(x.request.headers[i], decoded);
        if (token.empty()) continue;
        ++count;
        std::shared_ptr<const db::Account> account = look_up(x, token);
        // A token of our making never travels, be it revoked, unknown or mistyped.
        if (!account && crypto::inspect_token(token) == crypto::TokenForm::foreign) continue;
        if (!caller) caller = std::move(account);
        x.credentials.at(x.credential_count++) = i;  // the head gate lets each of the four stand once
    }
    return caller;
}

}  // namespace

std::optional<Problem> identify(Exchange& x) {
    unsigned count = 0;
    x.caller = find_caller(x, count);
    if (!x.policy().auth) return std::nullopt;
    if (!x.caller && count == 0)
        return Problem(401,
                       "no API key was sent; send one as `Authorization: Bearer KEY` or `X-API-Key: KEY`",
                       "missing_api_key");
    if (!x.caller)
        return Problem(401,
                       "the API key is unknown, revoked or mistyped; make one with `aihub-keys add USER`",
                       "invalid_api_key");
    if (!x.caller->active)
        return Problem(403, "the account of this API key is disabled; ask the administrator",
                       "account_disabled");
    if (x.caller->expires_ms > 0 && x.caller->expires_ms <= now_ms())
        return Problem(401, "the API key has expired; make a new one with `aihub-keys add USER`",
                       "expired_api_key");
    return std::nullopt;
}

}  // namespace aihub::serve
