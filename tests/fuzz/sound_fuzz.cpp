// The length of a sound file, and of a sound in the words of its server: pieces change nothing, and no file
// has less than no length.
#include <string>

#include "tests/fuzz/fuzz.hpp"
#include "tools/aihub-serve/pipeline/sound_length.hpp"
#include "tools/aihub-serve/pipeline/transcript_scan.hpp"

using aihub::fuzz::require;
using aihub::serve::SoundLength;
using aihub::serve::TranscriptScan;

namespace {

void check_file(std::string_view file) {
    SoundLength whole;
    whole.feed(file);
    SoundLength pieces;
    aihub::fuzz::in_pieces(file, [&](std::string_view piece) { pieces.feed(piece); });
    require(whole.length() == pieces.length(), "pieces do not change the length");
    require(whole.length().ms >= 0, "a length is none below zero");
}

void check_reply(std::string_view reply, bool by_line) {
    TranscriptScan whole(by_line);
    whole.feed(reply);
    TranscriptScan pieces(by_line);
    aihub::fuzz::in_pieces(reply, [&](std::string_view piece) { pieces.feed(piece); });
    require(whole.ms() == pieces.ms() && whole.counts_tokens() == pieces.counts_tokens(),
            "pieces do not change what is said");
    require(!whole.ms() || *whole.ms() >= 0, "what is said is none below zero");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = aihub::fuzz::text_of(data, size);
    check_file(text);
    check_reply(text, false);
    check_reply(text, true);
    return 0;
}
