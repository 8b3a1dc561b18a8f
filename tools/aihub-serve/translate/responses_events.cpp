#include "tools/aihub-serve/translate/responses_events.hpp"

#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/sse.hpp"

namespace aihub::translate {
namespace {

using Kind = ChatEvent::Kind;

// Of a part: how its events are called, and what it is in them.
struct PartWords {
    std::string_view type;    // of the part
    std::string_view member;  // where its text is
    std::string_view delta;
    std::string_view done;
};

const PartWords& words_of(Kind kind) {
    static constexpr PartWords text = {"output_text", "text", "response.output_text.delta",
                                       "response.output_text.done"};
    static constexpr PartWords refusal = {"refusal", "refusal", "response.refusal.delta",
                                          "response.refusal.done"};
    static constexpr PartWords reasoning = {"reasoning_text", "text", "response.reasoning_text.delta",
                                            "response.reasoning_text.done"};
    if (kind == Kind::reasoning) return reasoning;
    return kind == Kind::refusal ? refusal : text;
}

std::string_view id_prefix(Kind item) {
    if (item == Kind::reasoning) return "rs_";
    return item == Kind::text ? "msg_" : "fc_";
}

// Out of chat completions' object of a piece.
Json tokens_of(const std::string& logprobs) {
    if (logprobs.empty()) return Json::array();
    Result<Json> read = read_json(logprobs);
    if (!read || !member(*read, "content").is_array()) return Json::array();
    return member(*read, "content");
}

}  // namespace

void ResponsesEvents::tell(std::string_view type, const Json& response, std::string& out) {
    if (streams_) write({{"type", type}, {"sequence_number", 0}, {"response", response}}, out);
}

void ResponsesEvents::add_text(const ChatEvent& event, std::string& out) {
    if (!has_place(event)) return;
    open_text_item(event.kind == Kind::reasoning ? Kind::reasoning : Kind::text, out);
    open_part(event.kind, out);
    Part& part = items_[*open_].parts.back();
    part.text += event.text;
    bool is_text = event.kind == Kind::text;
    Json tokens = is_text ? tokens_of(event.logprobs) : Json();
    if (streams_) delta(words_of(event.kind).delta, *open_, event.text, is_text ? &tokens : nullptr, out);
    for (Json& token : tokens) part.logprobs.push_back(std::move(token));
}

void ResponsesEvents::add_call(const ChatEvent& event, std::string& out) {
    std::optional<std::size_t> known = find_call(event.index);
    if (!known) {
        close_text_item("completed", out);
        close_complete_calls(out);
        std::string id = event.id;
        if (id.empty()) id = "call_" + id_stem_ + "_" + std::to_string(items_.size());
        open_item({.kind = Kind::tool_call, .call_index = event.index, .call_id = id, .name = event.name},
                  out);
        known = items_.size() - 1;
    }
    add_arguments(*known, event.text, out);
}

void ResponsesEvents::finish(bool cut_short, std::string& out) {
    const char* last = cut_short ? "incomplete" : "completed";
    for (std::size_t i = 0; i < items_.size(); ++i)
        if (items_[i].kind == Kind::tool_call)
            close_call(i, items_[i].scan.is_complete() ? "completed" : last, out);
    close_text_item(last, out);
}

Json ResponsesEvents::items() const {
    Json list = Json::array();
    for (const Item& item : items_) list.push_back(item_json(item));
    return list;
}

ResponsesEvents::Item& ResponsesEvents::open_item(Item item, std::string& out) {
    item.id = std::string(id_prefix(item.kind)) + id_stem_ + "_" + std::to_string(items_.size());
    items_.push_back(std::move(item));
    tell_item("response.output_item.added", items_.size() - 1, out);
    return items_.back();
}

void ResponsesEvents::open_text_item(Kind kind, std::string& out) {
    if (open_ && items_[*open_].kind == kind) return;
    close_text_item("completed", out);
    close_complete_calls(out);
    open_item({.kind = kind}, out);
    open_ = items_.size() - 1;
}

// A piece without text may carry probabilities: of half a character, which belong to the text, or of what the
// model thinks, for which OpenAI's API has no place.
bool ResponsesEvents::has_place(const ChatEvent& event) const {
    if (!event.text.empty()) return true;
    return !event.logprobs.empty() && open_ && items_[*open_].kind == Kind::text;
}

void ResponsesEvents::open_part(Kind kind, std::string& out) {
    auto& parts = items_[*open_].parts;
    if (!parts.empty() && parts.back().kind == kind) return;
    close_part(out);
    parts.push_back({.kind = kind});
    tell_part("response.content_part.added", parts.back(), out);
}

void ResponsesEvents::close_part(std::string& out) {
    const auto& parts = items_[*open_].parts;
    if (parts.empty() || !streams_) return;
    tell_text_done(parts.back(), out);
    tell_part("response.content_part.done", parts.back(), out);
}

void ResponsesEvents::close_text_item(const char* status, std::string& out) {
    if (!open_) return;
    close_part(out);
    end_item(*open_, status, out);
    open_.reset();
}

std::optional<std::size_t> ResponsesEvents::find_call(std::size_t call_index) const {
    for (std::size_t i = items_.size(); i-- > 0;)
        if (items_[i].kind == Kind::tool_call && items_[i].call_index == call_index) return i;
    return std::nullopt;
}

void ResponsesEvents::add_arguments(std::size_t index, std::string_view text, std::string& out) {
    Item& call = items_[index];
    bool is_over = call.status != std::string_view("in_progress");
    if (text.empty() || is_over) return;  // over: blanks behind arguments that were complete
    call.arguments += text;
    call.scan.feed(text);
    if (streams_) delta("response.function_call_arguments.delta", index, text, nullptr, out);
}

// Arguments are always JSON, also those of a function that takes none.
void ResponsesEvents::close_call(std::size_t index, const char* status, std::string& out) {
    if (items_[index].status != std::string_view("in_progress")) return;
    if (items_[index].arguments.empty()) add_arguments(index, "{}", out);
    Json event = place_of("response.function_call_arguments.done", index, false);
    event["name"] = items_[index].name;
    event["arguments"] = items_[index].arguments;
    write(std::move(event), out);
    end_item(index, status, out);
}

void ResponsesEvents::close_complete_calls(std::string& out) {
    for (std::size_t i = 0; i < items_.size(); ++i)
        if (items_[i].kind == Kind::tool_call && items_[i].scan.is_complete())
            close_call(i, "completed", out);
}

void ResponsesEvents::end_item(std::size_t index, const char* status, std::string& out) {
    items_[index].status = status;
    tell_item("response.output_item.done", index, out);
}

// By hand: this is what runs for every token.
void ResponsesEvents::delta(std::string_view type, std::size_t index, std::string_view text,
                            const Json* logprobs, std::string& out) {
    const Item& item = items_[index];
    out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
    out.append("\",\"sequence_number\":").append(std::to_string(sequence_++));
    out.append(",\"item_id\":\"").append(item.id);
    out.append("\",\"output_index\":").append(std::to_string(index));
    if (!item.parts.empty()) out.append(",\"content_index\":").append(std::to_string(item.parts.size() - 1));
    out.append(",\"delta\":");
    append_json_string(out, text);
    if (logprobs) out.append(",\"logprobs\":").append(logprobs->empty() ? "[]" : json_text(*logprobs));
    out.append("}\n\n");
}

void ResponsesEvents::tell_part(std::string_view type, const Part& part, std::string& out) {
    if (!streams_) return;
    Json event = place_of(type, *open_, true);
    event["part"] = part_json(part);
    write(std::move(event), out);
}

void ResponsesEvents::tell_text_done(const Part& part, std::string& out) {
    Json event = place_of(words_of(part.kind).done, *open_, true);
    event[std::string(words_of(part.kind).member)] = part.text;
    if (part.kind == Kind::text) event["logprobs"] = part.logprobs;
    write(std::move(event), out);
}

void ResponsesEvents::tell_item(std::string_view type, std::size_t index, std::string& out) {
    if (!streams_) return;
    write(
        {{"type", type}, {"sequence_number", 0}, {"output_index", index}, {"item", item_json(items_[index])}},
        out);
}

void ResponsesEvents::write(Json event, std::string& out) {
    if (!streams_) return;
    event["sequence_number"] = sequence_++;
    write_sse(out, text_member(event, "type"), json_text(event));
}

Json ResponsesEvents::place_of(std::string_view type, std::size_t index, bool with_part) const {
    Json event = {
        {"type", type}, {"sequence_number", 0}, {"item_id", items_[index].id}, {"output_index", index}};
    if (with_part) event["content_index"] = items_[index].parts.size() - 1;
    return event;
}

Json ResponsesEvents::part_json(const Part& part) {
    const PartWords& words = words_of(part.kind);
    Json json = {{"type", words.type}};
    if (part.kind == Kind::text) json["annotations"] = Json::array();
    if (part.kind == Kind::text) json["logprobs"] = part.logprobs;
    json[std::string(words.member)] = part.text;
    return json;
}

Json ResponsesEvents::item_json(const Item& item) {
    if (item.kind == Kind::tool_call)
        return {{"id", item.id},           {"type", "function_call"},
                {"status", item.status},   {"arguments", item.arguments},
                {"call_id", item.call_id}, {"name", item.name}};
    Json parts = Json::array();
    for (const Part& part : item.parts) parts.push_back(part_json(part));
    if (item.kind == Kind::reasoning)
        return {{"id", item.id},
                {"type", "reasoning"},
                {"summary", Json::array()},
                {"content", std::move(parts)},
                {"encrypted_content", nullptr},
                {"status", item.status}};
    return {{"id", item.id},
            {"type", "message"},
            {"status", item.status},
            {"content", std::move(parts)},
            {"role", "assistant"}};
}

}  // namespace aihub::translate
