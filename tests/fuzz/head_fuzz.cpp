// The head gate. First byte: even a request, odd a reply; the rest is the text of the head.
#include "shared/http/head.hpp"
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
    std::size_t scanned = 0;
    require(head_length(text, scanned) == text.size(), "a sound head ends at its first empty line");
}

void check_reply(std::string_view text) {
    ResponseHead head;
    if (parse_response_head(text, "GET", head)) return;
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
