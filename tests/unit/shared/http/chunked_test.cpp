#include "shared/http/chunked.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace aihub::http {
namespace {

using Step = ChunkDecoder::Step;

struct Decoded {
    Step step = Step::need_more;
    std::string body;
    std::string trailers;
    std::string rest;  // after the message

    bool operator==(const Decoded&) const = default;
};

// What the decoder makes of a message that arrives in these pieces.
Decoded decode(const std::vector<std::string_view>& pieces) {
    ChunkDecoder decoder;
    Decoded decoded;
    for (std::string_view piece : pieces) {
        while (decoded.step == Step::need_more) {
            std::string_view payload;
            Step step = decoder.step(piece, payload);
            if (step == Step::payload) {
                CHECK_FALSE(payload.empty());
                decoded.body.append(payload);
                continue;
            }
            decoded.step = step;
            if (step == Step::need_more) {
                CHECK(piece.empty());
                break;
            }
        }
        if (decoded.step == Step::done) decoded.rest.append(piece);
    }
    if (decoded.step == Step::done) decoded.trailers = decoder.trailers();
    return decoded;
}

// In whatever pieces it arrives, a message is the same.
Decoded decode_every_way(std::string_view text) {
    Decoded whole = decode({text});
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
    CHECK(decode(bytes) == whole);
    for (std::size_t i = 0; i <= text.size(); ++i)
        if (decode({text.substr(0, i), text.substr(i)}) != whole)
            FAIL("a split at " << i << " changes the message");
    return whole;
}

TEST_CASE("a chunked body is decoded, whatever the pieces, and what follows is left alone") {
    Decoded decoded =
        decode_every_way("5\r\nhello\r\n6\r\n\r\nworl\r\n1\r\n!\r\n0\r\n\r\nGET / HTTP/1.1\r\n");
    CHECK(decoded.step == Step::done);
    CHECK(decoded.body == "hello\r\nworl!");
    CHECK(decoded.trailers.empty());
    CHECK(decoded.rest == "GET / HTTP/1.1\r\n");
    CHECK(decode_every_way("0\r\n\r\n").step == Step::done);
}

TEST_CASE("a chunk's size is hex in any case, with leading zeros") {
    std::string ten(10, 'x');
    CHECK(
        decode_every_way("a\r\n" + ten + "\r\nA\r\n" + ten + "\r\n00a\r\n" + ten + "\r\n000\r\n\r\n").body ==
        ten + ten + ten);
    std::string many(0x1F3, 'y');
    CHECK(decode({"1f3\r\n" + many + "\r\n0\r\n\r\n"}).body == many);
}

TEST_CASE("extensions are read over") {
    CHECK(decode_every_way("2;a=b\r\nhi\r\n0;last\r\n\r\n").body == "hi");
    CHECK(decode_every_way("2;a=\"x;y\"; b\t\r\nhi\r\n0\r\n\r\n").body == "hi");
    CHECK(decode({"2;" + std::string(4096, 'a') + "\r\nhi\r\n0\r\n\r\n"}).step == Step::done);
    CHECK(decode({"2;" + std::string(4097, 'a') + "\r\nhi\r\n0\r\n\r\n"}).step == Step::malformed);
    CHECK(decode({"2;" + std::string(4097, 'a')}).step == Step::malformed);
    std::string each = "1;" + std::string(3000, 'a') + "\r\nx\r\n";  // the limit is one of lines
    CHECK(decode({each + each + "0\r\n\r\n"}).body == "xx");
}

TEST_CASE("trailers are kept as they came") {
    Decoded decoded = decode_every_way("2\r\nhi\r\n0\r\nX-A: 1\r\nx-b:\t2 \r\n\r\nnext");
    CHECK(decoded.step == Step::done);
    CHECK(decoded.trailers == "X-A: 1\r\nx-b:\t2 \r\n");
    CHECK(decoded.rest == "next");
}

TEST_CASE("trailers without an end are refused when they are too much") {
    std::string line = "X-A: " + std::string(93, 'a') + "\r\n";
    std::string trailers;
    while (trailers.size() + line.size() + 2 <= 8192) trailers += line;
    CHECK(decode({"0\r\n" + trailers + "\r\n"}).step == Step::done);
    CHECK(decode({"0\r\n" + trailers + line + "\r\n"}).step == Step::malformed);
    CHECK(decode({"0\r\n" + std::string(9000, 'a')}).step == Step::malformed);
}

TEST_CASE("framing that two parsers could read differently is malformed") {
    for (const char* text : {"\r\n",
                             " 2\r\nhi\r\n",
                             "2 \r\nhi\r\n",
                             "+2\r\nhi\r\n",
                             "-1\r\nhi\r\n",
                             "0x2\r\nhi\r\n",
                             "g\r\n",
                             ";a\r\n",
                             "2\nhi\r\n",
                             "2\rhi\r\n",
                             "2\r\rhi",
                             "2;a\nhi\r\n",
                             "2;a\rb\r\nhi\r\n",
                             "2;\x01\r\nhi\r\n",
                             "2\r\nhi0\r\n\r\n",
                             "2\r\nhi\n0\r\n\r\n",
                             "2\r\nhi\r0\r\n\r\n",
                             "2\r\nhi\rX0\r\n\r\n",
                             "2\r\nhixx\r\n0\r\n\r\n",
                             "1000000000000000\r\n",
                             "ffffffffffffffff1\r\n",
                             "0000000000000002\r\nhi\r\n",
                             "0\r\nno colon\r\n\r\n",
                             "0\r\nX-A : 1\r\n\r\n",
                             "0\r\n X: 1\r\n\r\n",
                             "0\r\nX-A: 1\r\n b\r\n\r\n",
                             "0\r\nX: 1\nY: 2\r\n\r\n",
                             "0\r\nContent-Length: 5\r\n\r\n",
                             "0\r\nTransfer-Encoding: chunked\r\n\r\n",
                             "0\r\nAuthorization: x\r\n\r\n"}) {
        INFO(text);
        CHECK(decode_every_way(text).step == Step::malformed);
    }
}

TEST_CASE("a message that is cut short is never done") {
    std::string_view text = "5\r\nhello\r\n0;x\r\nX-A: 1\r\n\r\n";
    for (std::size_t size = 0; size < text.size(); ++size)
        CHECK(decode({text.substr(0, size)}).step == Step::need_more);
    CHECK(decode({text}).step == Step::done);
}

TEST_CASE("the largest size is waited for, not multiplied out") {
    std::string_view input = "fffffffffffffff\r\nabc";
    ChunkDecoder decoder;
    std::string_view payload;
    CHECK(decoder.step(input, payload) == Step::payload);
    CHECK(payload == "abc");
    CHECK(decoder.step(input, payload) == Step::need_more);
}

TEST_CASE("a broken or finished decoder stays so until it is reset") {
    ChunkDecoder decoder;
    std::string_view payload;
    std::string_view bad = "x";
    std::string_view good = "0\r\n\r\n";
    CHECK(decoder.step(bad, payload) == Step::malformed);
    CHECK(decoder.step(good, payload) == Step::malformed);
    decoder.reset();
    CHECK(decoder.step(good, payload) == Step::done);
    std::string_view more = "1\r\na";
    CHECK(decoder.step(more, payload) == Step::done);
    CHECK(more == "1\r\na");
}

TEST_CASE("a size that is written is one that can be read") {
    for (std::uint64_t size : {std::uint64_t{1}, std::uint64_t{15}, std::uint64_t{16}, std::uint64_t{65536},
                               (std::uint64_t{1} << 60) - 1}) {
        char text[24];
        std::size_t length = write_chunk_size(text, size);
        CHECK(length <= 18);
        std::string message(text, length);
        CHECK(message.ends_with("\r\n"));
        CHECK(std::stoull(message, nullptr, 16) == size);
        CHECK(decode({message}).step == Step::need_more);
    }
}

}  // namespace
}  // namespace aihub::http
