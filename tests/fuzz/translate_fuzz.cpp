// Translations of every pair of APIs: the first byte chooses the pair, then come a request and, behind a
// record separator, the server's reply. Whatever both hold: a refusal says why in one line, a request that is
// sent on is JSON, and how a reply is cut changes nothing of what the client gets.
#include <string>

#include "tests/fuzz/fuzz.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

using aihub::fuzz::require;
using namespace aihub::translate;

namespace {

constexpr char separator = '\x1e';

struct Heard {
    std::string text;
    Verdict verdict = Verdict::nonsense;
    std::string trouble;
};

Circumstances circumstances() {
    Circumstances known;
    known.request_id = "req_0123456789abcdef";
    known.client_model = "client's \"model\"";
    known.server_model = "server's model";
    known.now_ms = 1'700'000'000'123;
    known.context_length = 4096;
    return known;
}

// One a pair, in the order of the printable characters from the blank on.
std::pair<Api, Api> pair_of(std::uint8_t byte) {
    constexpr unsigned pairs = api_count * api_count;
    unsigned number = (byte + 4 * pairs - ' ') % pairs;
    return {static_cast<Api>(number / api_count), static_cast<Api>(number % api_count)};
}

bool is_json(std::string_view text) {
    return read_json(text).has_value();
}

Heard hear(Translation& translation, std::string_view reply, bool in_pieces) {
    Heard heard;
    bool makes_sense = true;
    auto feed = [&](std::string_view piece) {
        makes_sense = makes_sense && translation.feed(piece, heard.text);
    };
    if (in_pieces)
        aihub::fuzz::in_pieces(reply, feed);
    else
        feed(reply);
    if (makes_sense) heard.verdict = translation.end(heard.text);
    heard.trouble = translation.trouble();
    return heard;
}

// Some replies bear the clock's time and durations, which are all digits.
std::string without_times(std::string text) {
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
}

void check_refusal(const aihub::Error& error) {
    require(error.code == aihub::ErrorCode::invalid_input, "a refusal is the client's mistake");
    require(!error.message.empty(), "a refusal says why");
    require(error.message.find('\n') == std::string::npos, "a refusal is one line");
}

void check_reply(Translation& whole, Translation& dribbled, std::string_view reply) {
    require(is_json(whole.request()), "what is sent on is JSON");
    Heard at_once = hear(whole, reply, false);
    Heard in_pieces = hear(dribbled, reply, true);
    require(at_once.verdict == in_pieces.verdict && at_once.trouble == in_pieces.trouble &&
                without_times(at_once.text) == without_times(in_pieces.text),
            "pieces change nothing");
    if (whole.streams()) return;
    require(at_once.verdict == Verdict::whole || at_once.text.empty(),
            "no half of a whole reply is passed on");
    require(at_once.verdict != Verdict::whole || is_json(at_once.text), "a whole reply is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    auto [from, to] = pair_of(data[0]);
    std::string_view text = aihub::fuzz::text_of(data + 1, size - 1);
    std::string_view request = text.substr(0, text.find(separator));
    std::string_view reply =
        request.size() < text.size() ? text.substr(request.size() + 1) : std::string_view();

    auto whole = translate(from, to, request, circumstances());
    auto dribbled = translate(from, to, request, circumstances());
    require(whole.has_value() == dribbled.has_value(), "a translation depends on nothing but the request");
    if (!whole) return check_refusal(whole.error()), 0;
    require(can_translate(from, to), "what is translated is said to be");
    require((*whole)->server_api() == to, "it goes where it was asked to");
    check_reply(**whole, **dribbled, reply);
    (*whole)->error_message(500, reply);
    return 0;
}
