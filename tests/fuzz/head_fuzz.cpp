// The head gate. First byte: even a request, odd a reply; the rest is the text of the head.
#include "shared/http/head.hpp"

#include <string>

#include "tests/fuzz/fuzz.hpp"

using namespace aihub::http;
using aihub::fuzz::require;

namespace {

bool is_clean(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

template <typename Head>
void require_clean_headers(const Head& head) {
    for (const Header& header : head.headers) {
        require(!header.name.empty() && is_clean(header.name) && is_clean(header.value),
                "a header holds no line end");
        require(header.line.ends_with("\r\n") && is_clean(header.line.substr(0, header.line.size() - 2)),
                "a header line ends once");
    }
    if (head.framing != Framing::length) return;
    require(head.content_length > 0, "a framed length is one");
}

// A head that is written from its parts is read as the same: no part can hold what would make two of one.
template <typename Head>
std::string written_again(const std::string& first_line, const Head& head) {
    std::string text = first_line + "\r\n";
    for (const Header& header : head.headers)
        text.append(header.name).append(": ").append(header.value).append("\r\n");
    return text + "\r\n";
}

template <typename Head>
void require_same(const Head& a, const Head& b) {
    require(a.framing == b.framing && a.content_length == b.content_length && a.keep_alive == b.keep_alive &&
                a.minor_version == b.minor_version && a.headers.size() == b.headers.size(),
            "a head that is written again means the same");
    for (std::size_t i = 0; i < a.headers.size(); ++i)
        require(a.headers[i].name == b.headers[i].name && a.headers[i].value == b.headers[i].value,
                "a head that is written again has the same headers");
}

void check_request_again(const RequestHead& head) {
    std::string line(head.method);
    line.append(" ").append(head.target).append(" HTTP/1.").append(std::to_string(head.minor_version));
    std::string text = written_again(line, head);
    RequestHead again;
    HeadLimits wide;
    wide.bytes *= 2;  // a space after each colon
    require(!parse_request_head(text, wide, again), "a sound head is sound when it is written again");
    require_same(head, again);
    require(head.method == again.method && head.path == again.path && head.query == again.query &&
                head.upgrade == again.upgrade && head.expect_continue == again.expect_continue,
            "a request that is written again asks for the same");
}

void check_reply_again(const ResponseHead& head, std::string_view method) {
    std::string line =
        "HTTP/1." + std::to_string(head.minor_version) + " " + std::to_string(head.status) + " ";
    std::string text = written_again(line.append(head.reason), head);
    ResponseHead again;
    require(!parse_response_head(text, method, again), "a sound reply is sound when it is written again");
    require_same(head, again);
    require(head.status == again.status && head.reason == again.reason,
            "a reply that is written again says the same");
}

void check_request(std::string_view text) {
    RequestHead head;
    if (parse_request_head(text, HeadLimits{}, head)) return;
    require(text.size() <= HeadLimits{}.bytes, "the limit on bytes holds");
    require(head.headers.size() <= HeadLimits{}.headers, "the limit on headers holds");
    require_clean_headers(head);
    require(head.target == "*" || head.target.starts_with('/'), "a target is a path");
    require(head.target.find_first_of(" \t\r\n#") == head.target.npos, "a target is one word");
    require(path_is_safe(head.path), "a path stays inside its prefix");
    bool both = head.has("content-length") && head.has("transfer-encoding");
    require(!both, "no head has two framings");
    require(!cannot_become_head(text), "a sound head is not given up while it arrives");
    std::size_t scanned = 0;
    require(head_length(text, scanned) == text.size(), "a sound head ends at its first empty line");
    check_request_again(head);
}

void check_reply(std::string_view text) {
    ResponseHead head;
    ResponseHead of_head;
    bool refused = parse_response_head(text, "GET", head).has_value();
    require(refused == parse_response_head(text, "HEAD", of_head).has_value(),
            "the method does not change whether a reply is sound");
    if (refused) return;
    require(of_head.framing == Framing::none, "a reply to HEAD has no body");
    require(!head.keep_alive || head.framing != Framing::until_close,
            "what ends by closing is not kept open");
    check_reply_again(head, "GET");
    require(head.status >= 100 && head.status <= 999, "a status has three digits");
    require(is_clean(head.reason), "a reason holds no line end");
    require_clean_headers(head);
}

void check_length(std::string_view text) {
    std::size_t scanned = 0;
    std::size_t whole = head_length(text, scanned);
    std::size_t arrived = 0;
    std::size_t dribbled = 0;
    scanned = 0;
    aihub::fuzz::in_pieces(text, [&](std::string_view piece) {
        arrived += piece.size();
        if (dribbled == 0) dribbled = head_length(text.substr(0, arrived), scanned);
    });
    require(whole == dribbled, "a head that dribbles in is as long as one that comes at once");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view text = aihub::fuzz::text_of(data + 1, size - 1);
    if (data[0] % 2 == 0)
        check_request(text);
    else
        check_reply(text);
    check_length(text);
    static_cast<void>(trailers_are_sound(text));
    return 0;
}
