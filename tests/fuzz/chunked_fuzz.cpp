// The chunked coding: the pieces in which it arrives change nothing, and what was decoded can be coded again.
#include <string>

#include "shared/http/chunked.hpp"
#include "tests/fuzz/fuzz.hpp"

using aihub::fuzz::require;
using aihub::http::ChunkDecoder;

namespace {

struct Decoded {
    ChunkDecoder decoder;
    std::string body;
    std::string rest;  // after the last chunk
    ChunkDecoder::Step step = ChunkDecoder::Step::need_more;

    void take(std::string_view piece) {
        while (step == ChunkDecoder::Step::need_more && !piece.empty()) {
            std::string_view payload;
            step = decoder.step(piece, payload);
            if (step != ChunkDecoder::Step::payload) continue;
            body.append(payload);
            step = ChunkDecoder::Step::need_more;
        }
        if (step == ChunkDecoder::Step::done) rest.append(piece);
    }
    // The verdict may come with the first byte after the end: an empty look takes what is known already.
    void finish() {
        std::string_view nothing;
        std::string_view payload;
        if (step == ChunkDecoder::Step::need_more) step = decoder.step(nothing, payload);
    }
};

std::string coded_again(const Decoded& decoded) {
    std::string out;
    char size[18];
    for (std::string_view left = decoded.body; !left.empty();) {
        std::string_view piece = left.substr(0, 1000);
        out.append(size, aihub::http::write_chunk_size(size, piece.size()));
        out.append(piece).append("\r\n");
        left.remove_prefix(piece.size());
    }
    return out + "0\r\n" + decoded.decoder.trailers() + "\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = aihub::fuzz::text_of(data, size);
    Decoded whole;
    whole.take(text);
    whole.finish();
    Decoded pieces;
    aihub::fuzz::in_pieces(text, [&](std::string_view piece) { pieces.take(piece); });
    pieces.finish();
    require(whole.step == pieces.step, "pieces do not change the verdict");
    require(whole.body == pieces.body && whole.rest == pieces.rest, "pieces do not change the body");
    if (whole.step != ChunkDecoder::Step::done) return 0;

    Decoded again;
    again.take(coded_again(whole));
    again.finish();
    require(again.step == ChunkDecoder::Step::done && again.body == whole.body,
            "what was decoded can be coded again");
    require(again.decoder.trailers() == whole.decoder.trailers(), "trailers stay as they are");
    return 0;
}
