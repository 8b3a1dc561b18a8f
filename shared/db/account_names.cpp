#include "shared/db/account_names.hpp"

#include <string>

#include "shared/base/strings.hpp"
#include "shared/db/users.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_address = 254;  // RFC 5321 4.5.3.1.3, without its brackets

Error invalid(const std::string& message, const std::string& hint = {}) {
    return Error(ErrorCode::invalid_input, message, hint);
}

// JSON escapes quotes, backslashes, control characters and what is no UTF-8: just what would harm a terminal,
// a CSV file or a log line.
bool is_plain(std::string_view text) {
    std::string escaped;
    append_json_escaped(escaped, text);
    return escaped == text;
}

Result<void> check_name(const std::string& what, const std::string& text) {
    if (text.empty()) return invalid(what + " must not be empty");
    if (text.size() > longest_name)
        return invalid(what + " is longer than " + std::to_string(longest_name) + " bytes");
    if (!is_plain(text))
        return invalid(what + " '" + printable(text) +
                       "' has a quote, a backslash, a control character or is no UTF-8");
    if (trim(text) != text) return invalid(what + " '" + text + "' begins or ends with a blank");
    return {};
}

Result<void> check_limit(const std::string& what, const std::optional<std::int64_t>& limit) {
    if (!limit || *limit >= 0) return {};
    return invalid(what + " cannot be " + std::to_string(*limit), "give 0 or more");
}

// Just what cannot be one by any reading: the mail server knows better.
bool can_be_an_address(const std::string& text) {
    std::size_t at = text.rfind('@');
    bool both_sides = at != std::string::npos && at > 0 && at + 1 < text.size();
    return both_sides && text.size() <= longest_address && is_plain(text) &&
           text.find(' ') == std::string::npos;
}

}  // namespace

Result<void> check_tier(const std::string& tier) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    bool fits =
        !tier.empty() && tier.size() <= longest_name && tier.find_first_not_of(allowed) == std::string::npos;
    if (fits) return {};
    return invalid("no tier can be named '" + printable(tier) + "'",
                   "use a-z, 0-9, - and _, as in payg or sub");
}

Result<void> check_user_name(const std::string& name) {
    Result<void> checked = check_name("the user's name", name);
    if (!checked || name.find('/') == std::string::npos) return checked;
    return invalid("the user's name '" + name + "' has a slash",
                   "USER/NAME names a key: write USER and NAME");
}

Result<void> check_key_name(const std::string& name) {
    return check_name("the key's name", name);
}

Result<void> check_email(const std::string& address) {
    if (can_be_an_address(address)) return {};
    return invalid("'" + printable(address) + "' is no e-mail address", "write it as name@example.org");
}

Result<void> check_limits(const Limits& limits) {
    Result<void> checked = check_limit("the requests a minute", limits.requests_per_minute);
    if (checked) checked = check_limit("the tokens a minute", limits.tokens_per_minute);
    if (checked) checked = check_limit("the requests at once", limits.max_concurrent);
    return checked;
}

Result<void> check_balance(std::int64_t balance_micro) {
    if (balance_micro >= -largest_balance && balance_micro <= largest_balance) return {};
    return invalid("no balance can be that large", "at most 1000000000000 of the currency");
}

Result<void> check_budget(const std::optional<std::int64_t>& budget_micro) {
    if (!budget_micro || *budget_micro >= 0) return {};
    return invalid("a budget cannot be below 0");
}

}  // namespace aihub::db
