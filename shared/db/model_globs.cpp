#include "shared/db/model_globs.hpp"

#include <algorithm>

#include "shared/base/glob.hpp"
#include "shared/base/strings.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t longest_glob = 200;
constexpr std::size_t most_globs = 200;

bool is_plain(const std::string& glob) {
    std::string escaped;
    append_json_escaped(escaped, glob);
    return escaped == glob && glob.find_first_of(", ") == std::string::npos;
}

bool is_within_any(const std::string& glob, const std::vector<std::string>& globs) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& outer) { return covers(outer, glob); });
}

}  // namespace

std::string join_globs(const std::vector<std::string>& globs) {
    std::string text;
    for (const std::string& glob : globs) text += (text.empty() ? "" : ",") + glob;
    return text;
}

std::vector<std::string> split_globs(std::string_view text) {
    return text.empty() ? std::vector<std::string>() : split_list(text);
}

Result<void> check_globs(const std::vector<std::string>& globs) {
    if (globs.size() > most_globs)
        return Error(ErrorCode::invalid_input,
                     "a key can name at most " + std::to_string(most_globs) + " models", "use * in a name");
    for (const std::string& glob : globs)
        if (glob.empty() || glob.size() > longest_glob || !is_plain(glob))
            return Error(ErrorCode::invalid_input, "no model can be named '" + printable(glob) + "'",
                         "write names as the models have them, with * for any text");
    return {};
}

// The inner glob is read as text: its * is only matched by a * of the outer one.
bool covers(std::string_view outer, std::string_view inner) {
    return matches_glob(inner, outer);
}

bool covers(const std::vector<std::string>& outer, const std::vector<std::string>& inner) {
    if (outer.empty()) return true;
    if (inner.empty()) return false;
    return std::all_of(inner.begin(), inner.end(),
                       [&](const std::string& glob) { return is_within_any(glob, outer); });
}

std::vector<std::string> common_globs(const std::vector<std::string>& outer,
                                      const std::vector<std::string>& inner) {
    std::vector<std::string> common;
    for (const std::string& glob : inner)
        if (is_within_any(glob, outer)) common.push_back(glob);
    for (const std::string& glob : outer)
        if (is_within_any(glob, inner) && !is_within_any(glob, common)) common.push_back(glob);
    return common;
}

}  // namespace aihub::db
