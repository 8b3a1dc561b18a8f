#include "tools/aihub-serve/services/nesting.hpp"

namespace aihub::serve {
namespace {

// Behind the string that begins at `start`, or the end.
std::size_t skip_string(std::string_view json, std::size_t start) {
    std::size_t at = start + 1;
    while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    return at + 1;
}

}  // namespace

bool is_nested_deeper(std::string_view json, unsigned levels) {
    unsigned depth = 0;
    for (std::size_t at = json.find_first_of("\"[]{}"); at < json.size();) {
        char found = json[at];
        if ((found == '[' || found == '{') && ++depth > levels) return true;
        if ((found == ']' || found == '}') && depth > 0) --depth;
        at = json.find_first_of("\"[]{}", found == '"' ? skip_string(json, at) : at + 1);
    }
    return false;
}

}  // namespace aihub::serve
