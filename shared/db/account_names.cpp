#include "shared/db/account_names.hpp"

#include <string>

#include "shared/base/strings.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t longest_name = 100;

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

Result<void> check_tier(const std::string& tier) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    bool fits =
        !tier.empty() && tier.size() <= longest_name && tier.find_first_not_of(allowed) == std::string::npos;
    if (fits) return {};
    return invalid("no tier can be named '" + printable(tier) + "'",
                   "use a-z, 0-9, - and _, as in payg or sub");
}

}  // namespace

Result<void> check_names(const NewKey& wanted) {
    Result<void> user = check_name("the user's name", wanted.user);
    if (!user) return user;
    if (wanted.user.find('/') != std::string::npos)
        return invalid("the user's name '" + wanted.user + "' has a slash",
                       "USER/NAME names a key: write USER and NAME");
    Result<void> name = check_name("the key's name", wanted.name);
    if (!name) return name;
    return check_tier(wanted.tier);
}

}  // namespace aihub::db
