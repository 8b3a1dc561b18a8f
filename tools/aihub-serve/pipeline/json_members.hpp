// The members of a JSON object in a text, with where they stand: for changing one and leaving every other
// byte as it came. Reads only as much as that takes, so it is no validator. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/aihub-serve/pipeline/span.hpp"

namespace aihub::serve {

struct JsonMember {
    std::string_view key;  // without its quotes, still escaped
    Span whole;            // from the key's first quote to the end of the value
    Span value;
};

struct JsonObject {
    Span braces;  // from the one to behind the other
    std::vector<JsonMember> members;

    // The last one of that name, as most parsers have it; null when there is none.
    const JsonMember* find(std::string_view key) const;
};

// Nothing when the text is no whole JSON object; white space may surround it.
std::optional<JsonObject> read_object(std::string_view text);

// What has to go so that member `index` is no more: with one of the commas beside it.
Span removal_of(const JsonObject& object, std::size_t index);

inline std::string_view text_of(std::string_view text, Span span) {
    return text.substr(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.end - span.begin));
}

}  // namespace aihub::serve
