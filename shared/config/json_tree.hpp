// A JSON document in which every value knows its line, so that a mistake can be named. Allows // and /* */
// comments and a comma after the last item. Pure. Private to shared/config.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.hpp"

namespace aihub::config {

struct JsonNode {
    enum class Kind { null, boolean, number, text, array, object };

    Kind kind = Kind::null;
    int line = 1;        // of the key for a member, of its first character for anything else
    std::string text;    // of a scalar: "true", "8080", or the text itself
    bool whole = false;  // a number without fraction and exponent
    std::vector<std::pair<std::string, JsonNode>> members = {};  // of an object, in order
    std::vector<JsonNode> items = {};                            // of an array
};

// invalid_input, "LINE: what", for a syntax error, a key that occurs twice, or nesting deeper than any
// setting is.
Result<JsonNode> parse_json(std::string_view text);

// The same text with blanks for comments: every other byte stays in its place.
std::string blank_comments(std::string_view text);

}  // namespace aihub::config
