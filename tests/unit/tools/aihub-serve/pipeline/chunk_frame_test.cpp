#include "tools/aihub-serve/pipeline/chunk_frame.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace aihub::serve {
namespace {

std::string framed(bool chunked, const std::string& payload) {
    ChunkFrame frame(chunked, payload);
    return std::string(frame.before()) + payload + std::string(frame.after());
}

TEST_CASE("a frame makes a chunk of payload, and of nothing no chunk: that would be the last") {
    CHECK(framed(true, "hello, world!!!!") == "10\r\nhello, world!!!!\r\n");
    CHECK(framed(true, "").empty());
}

TEST_CASE("where the coding is not chunked, nothing stands around payload") {
    CHECK(framed(false, "hello") == "hello");
    CHECK(framed(false, "").empty());
}

}  // namespace
}  // namespace aihub::serve
