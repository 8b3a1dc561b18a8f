// One line of an access log, in whatever format it looks like.
#include "shared/accesslog/line.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "shared/accesslog/client.hpp"
#include "shared/accesslog/flags.hpp"
#include "shared/accesslog/network_scope.hpp"
#include "shared/accesslog/path.hpp"
#include "shared/crypto/hash.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace aihub::accesslog;
using aihub::fuzz::require;
using nlohmann::json;

namespace {

void require_refusal(const std::string& why) {
    require(!why.empty() && why.size() < 400, "a refusal is one short sentence");
    for (char c : why)
        require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "a refusal drives no terminal");
}

void require_sound(const Entry& e) {
    require(e.status >= 0 && e.status <= 999, "a status has at most three digits");
    require(e.request_time_ms >= 0 && e.body_bytes_sent >= 0 && e.bytes_sent >= 0, "nothing is negative");
    require(e.path == path_of(e.uri), "the path is the target's");
    constexpr std::size_t longest_hint = 11;  // "ahk_…x7Qz"
    require(e.key_hint.size() <= longest_hint, "of a key no more than a hint is left");
    require(e.key_hint.empty() || e.tells_key, "who has a key has a place for it");
    TrustedProxies all = *TrustedProxies::parse("0.0.0.0/0,::/0");
    std::string_view client = client_of(e.remote_addr, e.forwarded_for, all);
    require(client.size() <= std::max(e.remote_addr.size(), e.forwarded_for.size()),
            "a client is a part of it");
    static_cast<void>(network_scope(client));
    require(has_flag(flags_of(e), Flag::no_api_key) == e.key_hint.empty(), "no key is a flag");
}

void require_same(const Entry& a, const Entry& b) {
    bool texts = a.remote_addr == b.remote_addr && a.forwarded_for == b.forwarded_for &&
                 a.method == b.method && a.uri == b.uri && a.path == b.path && a.referer == b.referer &&
                 a.user_agent == b.user_agent && a.key_hint == b.key_hint && a.key_id == b.key_id &&
                 a.upstream_addr == b.upstream_addr && a.upstream_status == b.upstream_status &&
                 a.request_id == b.request_id && a.user == b.user && a.model == b.model &&
                 a.service == b.service && a.reason == b.reason;
    bool numbers = a.time_ms == b.time_ms && a.status == b.status && a.request_time_ms == b.request_time_ms &&
                   a.body_bytes_sent == b.body_bytes_sent && a.bytes_sent == b.bytes_sent &&
                   a.upstream_response_time_ms == b.upstream_response_time_ms &&
                   a.overhead_us == b.overhead_us && a.ttft_ms == b.ttft_ms && a.tokens_in == b.tokens_in &&
                   a.tokens_out == b.tokens_out && a.cost_micro == b.cost_micro && a.usage_id == b.usage_id;
    require(texts && numbers, "what came before changes nothing in a line");
}

// How many members mean `field`, in objects within objects too, but not in lists.
std::size_t count_of(const json& object, Field field) {
    std::size_t count = 0;
    for (const auto& [name, value] : object.items()) {
        if (value.is_object())
            count += count_of(value, field);
        else if (field_of(name) == field)
            ++count;
    }
    return count;
}

// What a strict reader of JSON takes is understood in the same way.
void compare_with_json(std::string_view line, const std::optional<std::string>& wrong, const Entry& entry) {
    constexpr std::string_view agent = R"("user_agent":")";
    // That reader takes a zero for the end, and a line has no line end.
    bool is_line = line.find_first_of(std::string_view("\n\0", 2)) == line.npos;
    if (!line.starts_with('{') || !is_line) return;
    json object = json::parse(line, nullptr, false);
    if (object.is_discarded()) return;
    if (wrong) require(wrong->find("JSON object") == wrong->npos, "a JSON object is one here, too");
    bool comparable = !wrong && line.find(agent) != line.npos && line.find(agent) == line.rfind(agent) &&
                      count_of(object, Field::user_agent) == 1;
    auto member = object.find("user_agent");
    if (!comparable || member == object.end() || !member->is_string()) return;
    auto text = member->get<std::string>();
    require(entry.user_agent == (text == "-" ? "" : text), "a text is what JSON says it is");
}

void require_cut_is_refused(std::string_view line, LineParser& parser) {
    if (!line.starts_with('{')) return;
    std::size_t last = line.rfind('}');
    Entry entry;
    std::string_view part = line.substr(0, 1 + static_cast<unsigned char>(line[line.size() / 2]) % last);
    require(parser.parse(part, entry).has_value(), "a line that is cut is refused");
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
    aihub::crypto::initialise();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static LineParser experienced;
    LineParser fresh;
    // A copy of its own, so that a byte read behind the line is found.
    std::string line(aihub::fuzz::text_of(data, size));
    Entry first;
    Entry again;
    std::optional<std::string> wrong = fresh.parse(line, first);
    std::optional<std::string> wrong_again = experienced.parse(line, again);
    require(wrong == wrong_again, "what came before changes nothing in a refusal");
    compare_with_json(line, wrong, first);
    if (wrong) {
        require_refusal(*wrong);
        return 0;
    }
    require_sound(first);
    require_same(first, again);
    require_cut_is_refused(line, fresh);
    return 0;
}
