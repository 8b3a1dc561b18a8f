#include "tools/aihub-serve/jobs/usage_line.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/aihub-serve/pipeline/usage_ids.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view id_field = "\"usage_id\":";

// One list of the members for both directions; the texts beside them.
template <typename Row, typename Visit>
void visit_members(Row& row, Visit visit) {
    visit("id", row.id);
    visit("at_ms", row.at_ms);
    visit("user_id", row.user_id);
    visit("key_row", row.key_row);
    visit("status", row.status);
    visit("tokens_in", row.tokens_in);
    visit("tokens_out", row.tokens_out);
    visit("audio_ms", row.audio_ms);
    visit("characters", row.characters);
    visit("estimated", row.estimated);
    visit("cost_micro", row.cost_micro);
    visit("charged", row.charged);
    visit("latency_ms", row.latency_ms);
    visit("ttft_ms", row.ttft_ms);
}

bool fits(const Json& value, bool) {
    return value.is_boolean();
}
bool fits(const Json& value, int) {
    return value.is_number_integer();
}
bool fits(const Json& value, std::int64_t) {
    return value.is_number_integer();
}

// What `name` says, or `other` where it says nothing of that form: "-" is the log's word for nothing.
std::string text_of(const Json& line, const char* name) {
    auto found = line.find(name);
    if (found == line.end() || !found->is_string()) return {};
    std::string text = found->get<std::string>();
    return text == "-" ? std::string() : text;
}

std::int64_t integer_of(const Json& line, const char* name, std::int64_t other = 0) {
    auto found = line.find(name);
    return found != line.end() && found->is_number_integer() ? found->get<std::int64_t>() : other;
}

bool flag_of(const Json& line, const char* name) {
    auto found = line.find(name);
    return found != line.end() && found->is_boolean() && found->get<bool>();
}

std::int64_t milliseconds_of(const Json& line, const char* name) {
    auto found = line.find(name);
    if (found == line.end() || !found->is_number()) return 0;
    return std::llround(found->get<double>() * 1000);
}

std::string path_of(const Json& line) {
    constexpr std::size_t longest_path = 100;
    std::string target = text_of(line, "request_uri");
    return target.substr(0, std::min(target.find('?'), longest_path));
}

}  // namespace

std::string usage_line(const db::Usage& row) {
    Json line;
    visit_members(row, [&line](const char* name, const auto& value) { line[name] = value; });
    line["request_id"] = row.texts.request_id();
    line["user"] = row.texts.user();
    line["model"] = row.texts.model();
    line["service"] = row.texts.service();
    line["path"] = row.texts.path();
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<db::Usage> parse_usage_line(std::string_view text) {
    Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) return std::nullopt;
    db::Usage row;
    bool whole = true;
    visit_members(row, [&](const char* name, auto& value) {
        auto found = line.find(name);
        if (found != line.end() && fits(*found, value))
            found->get_to(value);
        else
            whole = false;
    });
    auto take = [&](const char* name) {
        auto found = line.find(name);
        bool fits = found != line.end() && found->is_string();
        whole = whole && fits;
        return fits ? found->get<std::string>() : std::string();
    };
    row.texts = {take("request_id"), take("user"), take("model"), take("service"), take("path")};
    if (!whole || row.id <= 0) return std::nullopt;
    return row;
}

// From the end: what clients have sent stands before it.
std::int64_t usage_id_in(std::string_view line) {
    std::size_t at = line.rfind(id_field);
    if (at == std::string_view::npos) return 0;
    std::string_view rest = line.substr(at + id_field.size());
    std::int64_t id = 0;
    auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
    bool whole = failed == std::errc() && end != rest.data() + rest.size() && *end == '}';
    return whole && id > 0 ? id : 0;
}

std::optional<LoggedUsage> parse_access_line(std::string_view text) {
    Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) return std::nullopt;
    LoggedUsage logged;
    db::Usage& row = logged.row;
    row.id = integer_of(line, "usage_id");
    if (row.id <= 0) return std::nullopt;
    row.texts = {text_of(line, "request_id"), text_of(line, "user"), text_of(line, "model"),
                 text_of(line, "service"), path_of(line)};
    row.at_ms = UsageIds::time_of(row.id);
    row.status = static_cast<int>(integer_of(line, "status"));
    row.tokens_in = integer_of(line, "tokens_in");
    row.tokens_out = integer_of(line, "tokens_out");
    row.audio_ms = integer_of(line, "audio_ms");
    row.characters = integer_of(line, "characters");
    row.estimated = flag_of(line, "estimated");
    row.cost_micro = integer_of(line, "cost_micro");
    row.charged = flag_of(line, "charged");
    row.latency_ms = milliseconds_of(line, "request_time");
    row.ttft_ms = integer_of(line, "ttft_ms", -1);
    logged.key_id = text_of(line, "key_id");
    return logged;
}

}  // namespace aihub::serve
