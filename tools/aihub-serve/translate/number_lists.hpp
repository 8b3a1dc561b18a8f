// Lists of numbers inside JSON text. A reply with embeddings is megabytes of them: they are cut out and
// passed on as they were written, so that no digit is lost and little else has to be parsed. Pure, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::translate {

// `text` with every list of numbers (one at least) replaced by the string "#0", "#1", …; `lists` holds what
// stood between their brackets: views of the text.
struct CutText {
    std::string text;
    std::vector<std::string_view> lists;
};
CutText cut_number_lists(std::string_view text);

// Little-endian 32-bit floats in base64, as OpenAI's `encoding_format` has them, from a list and back, each
// number in the shortest form that reads back the same. Nothing when it is none.
std::optional<std::string> floats_in_base64(std::string_view list);
std::optional<std::string> floats_from_base64(std::string_view base64);

}  // namespace aihub::translate
