#include "tools/aihub-serve/pipeline/multipart_scan.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace aihub::serve {
namespace {

const std::string frontier = "multipart/form-data; boundary=frontier";

struct Answer {
    std::optional<std::string> model;
    bool ambiguous = false;
    SoundTime sound = {};
    bool operator==(const Answer&) const = default;
};

Answer scan_pieces(const std::string& content_type, const std::vector<std::string_view>& pieces) {
    MultipartScan scan(content_type);
    for (std::string_view piece : pieces) scan.feed(piece);
    return {scan.model(), scan.model_is_ambiguous(), scan.sound()};
}

// The answer, which must be the same wherever the body is split, and byte by byte.
Answer scan(std::string_view body, const std::string& content_type = frontier) {
    Answer whole = scan_pieces(content_type, {body});
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < body.size(); ++i) bytes.push_back(body.substr(i, 1));
    CHECK(scan_pieces(content_type, bytes) == whole);
    for (std::size_t i = 0; i <= body.size(); ++i)
        if (scan_pieces(content_type, {body.substr(0, i), body.substr(i)}) != whole)
            FAIL("a split at " << i << " changes the answer");
    return whole;
}

std::string field(const std::string& name, const std::string& value) {
    return "--frontier\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}
std::string file(const std::string& content) {
    return "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: "
           "audio/wav\r\n\r\n" +
           content + "\r\n";
}
const std::string last = "--frontier--\r\n";

TEST_CASE("the model is found before the file and after it") {
    CHECK(scan(field("model", "whisper-1") + file("RIFF") + last).model == "whisper-1");
    CHECK(
        scan(file("RIFF\r\n\r\n--\r\n--front") + field("language", "en") + field("model", "whisper-1") + last)
            .model == "whisper-1");
    CHECK(scan("preamble\r\n" + field("model", "m") + last + "epilogue").model == "m");
    CHECK(scan(field("model", "a\r\nb--\r\n") + last).model == "a\r\nb--\r\n");
    CHECK(scan(field("model", "") + last).model == "");
}

TEST_CASE("without a field of that name nothing is found") {
    CHECK_FALSE(scan(field("models", "m") + field("Model", "n") + file("x") + last).model);
    CHECK_FALSE(scan("").model);
    CHECK_FALSE(scan(last).model);
    CHECK_FALSE(scan("{\"model\":\"m\"}").model);
    CHECK_FALSE(scan(last + field("model", "m") + last).model);
}

TEST_CASE("a value counts once its end is there") {
    std::string body = field("model", "whisper-1");
    CHECK_FALSE(scan(body).model);
    CHECK_FALSE(scan(body + "--frontie").model);
    CHECK_FALSE(scan(body + "--frontier").model);
    CHECK(scan(body + "--frontier\r\n").model == "whisper-1");
    CHECK(scan(body + "--frontier--").model == "whisper-1");
}

TEST_CASE("a file that is named like the model is no field") {
    std::string part =
        "--frontier\r\nContent-Disposition: form-data; name=\"model\"; filename=\"m\"\r\n\r\nevil\r\n";
    CHECK_FALSE(scan(part + last).model);
    CHECK(scan(part + field("model", "m") + last).model == "m");
}

TEST_CASE("a line that only begins like the boundary is content") {
    std::string inner = "Content-Disposition: form-data; name=\"model\"\r\n\r\nevil\r\n";
    for (std::string near : {"--frontierX", "--frontier-", "--frontier -", "--frontier x", "--frontier\n",
                             "--frontier\rx", "--frontie", "-frontier"}) {
        INFO(near);
        Answer answer = scan(file("x\r\n" + near + "\r\n" + inner + near) + field("model", "m") + last);
        CHECK(answer.model == "m");
        CHECK_FALSE(answer.ambiguous);
    }
    CHECK(scan(field("model", "a\r\n--frontierX\r\nb") + last).model == "a\r\n--frontierX\r\nb");
    CHECK(scan("x--frontier\r\n" + inner + field("model", "m") + last).model == "m");
}

TEST_CASE("blanks behind a boundary are padding") {
    std::string body =
        "--frontier \t \r\nContent-Disposition: form-data; name=model\r\n\r\nm\r\n--frontier  \r\n";
    CHECK(scan(body).model == "m");
    std::string far = "--frontier" + std::string(300, ' ');
    CHECK_FALSE(scan(far + body.substr(body.find("\r\n"))).model);
}

TEST_CASE("part headers come in any case and order, names quoted or not") {
    for (std::string header :
         {"content-disposition:form-data;name=model", "CONTENT-DISPOSITION: form-data; NAME=\"model\"",
          "Content-Type: text/plain\r\nContent-Disposition: form-data; x=\"a;name=b\"; name=\"model\"",
          "Content-Disposition: form-data; flag; name = model ",
          "Content-Disposition: form-data; name=\"mo\\del\"",
          "Content-Disposition: form-data ;  name=\"model\" ; other=1"}) {
        INFO(header);
        CHECK(scan("--frontier\r\n" + header + "\r\n\r\nm\r\n" + last).model == "m");
    }
    for (std::string header :
         {"Content-Disposition: form-data", "Content-Disposition: form-data; names=model",
          "X: form-data; name=model", "Content-Disposition: form-data; x=\"name=model\"",
          "Content-Disposition: form-data; name=\"model", "Content-Disposition: name=model"}) {
        INFO(header);
        bool open_quote = header.ends_with("\"model");  // the quote closes at the end of the line
        CHECK(scan("--frontier\r\n" + header + "\r\n\r\nm\r\n" + last).model.has_value() == open_quote);
    }
    CHECK_FALSE(scan("--frontier\r\n\r\nm\r\n" + last).model);
}

TEST_CASE("a model that stands twice is ambiguous") {
    CHECK(scan(field("model", "a") + field("model", "b") + last).ambiguous);
    CHECK(scan(field("model", "a") + file("x") + field("model", "a") + last).ambiguous);
    CHECK_FALSE(scan(field("model", "a") + last).ambiguous);
}

TEST_CASE("the boundary is taken from Content-Type, quoted or not, wherever it stands") {
    std::string body = "--a b;c\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--a b;c--";
    CHECK(scan(body, "multipart/form-data; boundary=\"a b;c\"").model == "m");
    CHECK(scan(body, "multipart/form-data; charset=utf-8; Boundary=\"a b;c\"; x=y").model == "m");
    CHECK(scan(field("model", "m") + last, "multipart/form-data;boundary=frontier;charset=utf-8").model ==
          "m");
    CHECK(scan(field("model", "m") + last, "multipart/form-data; x=\"; boundary=no\"; boundary=frontier")
              .model == "m");
}

TEST_CASE("without a usable boundary the scan says so and finds nothing") {
    for (std::string type :
         {"", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
          "multipart/form-data; xboundary=frontier", "application/json; boundary"}) {
        INFO(type);
        CHECK_FALSE(MultipartScan(type).usable());
        CHECK_FALSE(scan(field("model", "m") + last, type).model);
    }
    CHECK(MultipartScan("multipart/form-data; boundary=" + std::string(200, 'b')).usable());
    CHECK_FALSE(MultipartScan("multipart/form-data; boundary=" + std::string(201, 'b')).usable());
    CHECK(MultipartScan(frontier).usable());
}

TEST_CASE("a value that is longer than any model's name is passed over, in whatever pieces it comes") {
    std::string longest(1022, 'm');
    CHECK(scan(field("model", longest) + last).model == longest);
    CHECK_FALSE(scan(field("model", longest + "m") + last).model);
    CHECK(scan(field("model", std::string(5000, 'm')) + field("model", "m") + last) == Answer{"m", false});
}

TEST_CASE("part headers without an end are passed over, in whatever pieces they come") {
    std::string padding = "X-Padding: " + std::string(9000, 'x') + "\r\n";
    std::string part =
        "--frontier\r\n" + padding + "Content-Disposition: form-data; name=\"model\"\r\n\r\nfar\r\n";
    std::string body = part + field("model", "m") + last;
    Answer whole = scan_pieces(frontier, {body});
    CHECK(whole == Answer{"m", false});
    for (std::size_t size : {1U, 7U, 4096U, 8192U}) {
        std::vector<std::string_view> pieces;
        for (std::size_t at = 0; at < body.size(); at += size)
            pieces.push_back(std::string_view(body).substr(at, size));
        CHECK(scan_pieces(frontier, pieces) == whole);
    }
}

TEST_CASE("a large file passes through a scan that keeps little of it") {
    MultipartScan scan(frontier);
    std::string start = "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
    scan.feed(start);
    std::string piece(64 * 1024, '\r');
    for (int i = 0; i < 200; ++i) scan.feed(piece);
    scan.feed("\r\n" + field("model", "m") + last);
    CHECK(scan.model() == "m");
}

// Half a second of 16 bits at 8 kHz, whose writer did not know how much it would be: every byte counts.
std::string half_a_second() {
    std::string wav("RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1F\0\0\x80\x3E\0\0\2\0\x10\0data\0\0\0\0",
                    44);
    for (int i = 0; i < 800; ++i) wav += "\r\n--fronti";
    return wav.substr(0, 44 + 8000);
}

TEST_CASE("the sound of a file is as long as the bytes between its boundaries") {
    constexpr SoundTime half{500, false};
    std::string wav = half_a_second();
    for (const std::string& body :
         {file(wav) + field("model", "m") + last, field("model", "m") + file(wav) + last,
          "preamble\r\n" + field("prompt", wav) + file(wav) + field("model", "m") + last + wav,
          file(wav) + "--frontier-not\r\n" + last}) {
        for (std::size_t size : {1U, 5U, 13U, 64U, 700U, 1024U, 1500U, 3000U, 5000U, 100'000U}) {
            std::vector<std::string_view> pieces;
            for (std::size_t at = 0; at < body.size(); at += size)
                pieces.push_back(std::string_view(body).substr(at, size));
            INFO("pieces of " << size);
            Answer answer = scan_pieces(frontier, pieces);
            bool has_more = body.find("-not") != std::string::npos;
            CHECK(answer.sound.ms == half.ms + (has_more ? 1 : 0));
            CHECK(answer.sound.estimated == half.estimated);
        }
    }
}

TEST_CASE("all files of a form add up, also without a name, and fields do not") {
    std::string wav = half_a_second();
    std::string nameless =
        "--frontier\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + wav + "\r\n";
    std::string other =
        "--frontier\r\nContent-Disposition: form-data; name=\"a\"; filename*=UTF-8''%61\r\n\r\n" + wav +
        "\r\n";
    CHECK(scan_pieces(frontier, {nameless + last}).sound == SoundTime{500, false});
    CHECK(scan_pieces(frontier, {nameless + file(wav) + other + last}).sound == SoundTime{1500, false});
    CHECK(scan_pieces(frontier, {file(wav) + file(std::string(8000, 'x')) + last}).sound ==
          SoundTime{1500, true});
    CHECK(scan_pieces(frontier, {field("prompt", wav) + last}).sound == SoundTime{0, false});
}

}  // namespace
}  // namespace aihub::serve
