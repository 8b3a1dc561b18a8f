// The look into a form: the pieces change nothing, and a form that is built around the input is understood.
// The first line of the input is a Content-Type, the rest a body.
#include <string>

#include "tests/fuzz/fuzz.hpp"
#include "tools/aihub-serve/pipeline/multipart_scan.hpp"

using aihub::fuzz::require;
using aihub::serve::MultipartScan;

namespace {

void check_pieces(std::string_view content_type, std::string_view body) {
    MultipartScan whole(content_type);
    whole.feed(body);
    MultipartScan pieces(content_type);
    aihub::fuzz::in_pieces(body, [&](std::string_view piece) { pieces.feed(piece); });
    require(whole.model() == pieces.model(), "pieces do not change the model");
    require(whole.model_is_ambiguous() == pieces.model_is_ambiguous(), "pieces do not change the doubt");
    require(whole.sound() == pieces.sound(), "pieces do not change the sound");
    require(whole.usable() || !whole.model(), "without a boundary nothing is found");
}

// Whether a line of the content is a delimiter to somebody: it begins with one, and blanks, dashes or its end
// follow.
bool may_hold_delimiter(std::string_view content) {
    constexpr std::string_view delimiter = "\r\n--frontier";
    std::string text = "\r\n" + std::string(content) + "\r";
    for (std::size_t at = text.find(delimiter); at != std::string::npos; at = text.find(delimiter, at + 1)) {
        std::string_view rest = std::string_view(text).substr(at + delimiter.size());
        if (rest.starts_with("--") || rest.starts_with(' ') || rest.starts_with('\t') ||
            rest.starts_with('\r'))
            return true;
    }
    return false;
}

// The input as the content of a file, before the field: nothing in it may be taken for the model.
void check_content(std::string_view content) {
    if (may_hold_delimiter(content)) return;
    std::string form = "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    form.append(content).append("\r\n--frontier\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n");
    form.append("whisper-1\r\n--frontier--\r\n");
    MultipartScan scan("multipart/form-data; boundary=frontier");
    aihub::fuzz::in_pieces(form, [&](std::string_view piece) { scan.feed(piece); });
    require(scan.model() == "whisper-1" && !scan.model_is_ambiguous(),
            "the content of a file is only content");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = aihub::fuzz::text_of(data, size);
    std::size_t line = std::min(text.find('\n'), text.size());
    std::string_view body = text.substr(std::min(line + 1, text.size()));
    check_pieces(text.substr(0, line), body);
    check_content(body);
    return 0;
}
