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

// Whether what arrived is the payload in its frame; the payload is so many bytes of it from there on.
bool is_around(std::string_view arrived, std::size_t from, std::size_t size, bool chunked = true) {
    std::string_view payload = arrived.substr(from, size);
    return ChunkFrame(chunked, payload).is_around(payload, arrived);
}

TEST_CASE("a chunk that arrived whole under the size that we would write is known as its frame") {
    CHECK(is_around("5\r\nhello\r\n", 3, 5));
    CHECK(is_around("c\r\nhello, world\r\n", 3, 12));
}

TEST_CASE("a size in other words, a chunk in part or with another, and no chunk at all are no such frame") {
    CHECK_FALSE(is_around("C\r\nhello, world\r\n", 3, 12));
    CHECK_FALSE(is_around("05\r\nhello\r\n", 4, 5));
    CHECK_FALSE(is_around("5;x\r\nhello\r\n", 5, 5));
    CHECK_FALSE(is_around("5\r\nhell", 3, 4));
    CHECK_FALSE(is_around("5\r\nhello", 3, 5));
    CHECK_FALSE(is_around("hello\r\n5\r\n", 0, 5));
    CHECK_FALSE(is_around("5\r\nhello\r\n0\r\n\r\n", 3, 5));
    CHECK_FALSE(is_around("hello", 0, 5, false));
    CHECK_FALSE(is_around("", 0, 0));
    CHECK_FALSE(is_around("", 0, 0, false));
}

TEST_CASE("payload that lies elsewhere is not what arrived") {
    std::string changed = "hello";
    CHECK_FALSE(ChunkFrame(true, changed).is_around(changed, "5\r\nhello\r\n"));
}

}  // namespace
}  // namespace aihub::serve
