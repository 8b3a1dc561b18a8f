#include "tools/aihub-serve/translate/ollama_reply.hpp"

#include "tools/aihub-serve/translate/chat_parts.hpp"

namespace aihub::translate {
namespace {

void write_count(std::string& out, std::string_view name, std::uint64_t value) {
    if (value > 0) out.append(",\"").append(name).append("\":").append(std::to_string(value));
}

std::string member_of(std::string_view name, std::string_view text) {
    std::string out = ",\"" + std::string(name) + "\":";
    append_json_string(out, text);
    return out;
}

// The arguments as JSON when they are an object; empty when they are none (a call that was cut short).
std::string object_of(const std::string& arguments) {
    if (arguments.find_first_not_of(" \t\r\n") == std::string::npos) return "{}";
    Result<Json> value = read_json(arguments);
    return value && value->is_object() ? json_text(*value) : std::string();
}

}  // namespace

OllamaReply::OllamaReply(Shape shape, const Circumstances& circumstances)
    : shape_(shape), id_stem_(id_stem(circumstances)), start_("{\"model\":"), clock_(circumstances.now_ms) {
    append_json_string(start_, circumstances.client_model);
    start_ += ",\"created_at\":\"";
}

void OllamaReply::begin(bool streams, bool alternatives) {
    streams_ = streams;
    alternatives_ = alternatives;
}

std::string_view OllamaReply::content_type() const {
    return streams_ ? "application/x-ndjson" : "application/json; charset=utf-8";
}

void OllamaReply::event(const ChatEvent& event, std::string& out) {
    switch (event.kind) {
        case ChatEvent::Kind::refusal:  // Ollama has no word for it: it is what the model says
        case ChatEvent::Kind::text:
            return say(text_, {}, event, out);
        case ChatEvent::Kind::reasoning:
            return say(thinking_, "thinking", event, out);
        case ChatEvent::Kind::tool_call:
            return begin_call(event);
        case ChatEvent::Kind::tool_arguments:
            if (event.index < calls_.size()) calls_[event.index].arguments += event.text;
            return;
        case ChatEvent::Kind::finish:
            if (event.reason == FinishReason::length) done_reason_ = "length";
            if (event.reason == FinishReason::content_filter) done_reason_ = "content_filter";
            return write_calls(out);
        case ChatEvent::Kind::usage:
            usage_ = event.usage, timing_ = event.timing;
            return;
    }
}

void OllamaReply::say(std::string& so_far, std::string_view name, const ChatEvent& event, std::string& out) {
    Json logprobs = logprobs_of(event);
    if (!streams_) {
        so_far += event.text;
        logprobs_.insert(logprobs_.end(), logprobs.begin(), logprobs.end());
    } else if (name.empty()) {
        write_line(event.text, {}, logprobs, out);
    } else {
        write_line({}, member_of(name, event.text), logprobs, out);
    }
}

void OllamaReply::end(std::string& out) {
    write_calls(out);
    std::string extra = thinking_.empty() ? std::string() : member_of("thinking", thinking_);
    if (!streams_) extra += call_list();
    write_start(out);
    write_message(text_, extra, out);
    out.append(",\"done\":true,\"done_reason\":\"").append(done_reason_).append("\"");
    if (!logprobs_.empty()) out.append(",\"logprobs\":").append(json_text(logprobs_));
    write_metrics(out);
    out += streams_ ? "}\n" : "}";
}

void OllamaReply::write_line(std::string_view content, std::string_view extra, const Json& logprobs,
                             std::string& out) {
    write_start(out);
    write_message(content, extra, out);
    out += ",\"done\":false";
    if (!logprobs.empty()) out.append(",\"logprobs\":").append(json_text(logprobs));
    out += "}\n";
}

void OllamaReply::write_start(std::string& out) {
    out.append(start_).append(clock_.created_at()).append("\",");
}

void OllamaReply::write_message(std::string_view content, std::string_view extra, std::string& out) const {
    bool chat = shape_ == Shape::chat;
    out += chat ? "\"message\":{\"role\":\"assistant\",\"content\":" : "\"response\":";
    append_json_string(out, content);
    out += extra;
    if (chat) out += '}';
}

// What the server did not say is left out, as Ollama leaves out what is zero; but how long it took in all is
// known here.
void OllamaReply::write_metrics(std::string& out) const {
    write_count(out, "total_duration", timing_.total > 0 ? timing_.total : clock_.elapsed());
    write_count(out, "load_duration", timing_.load);
    write_count(out, "prompt_eval_count", usage_.in.value_or(0));
    write_count(out, "prompt_eval_duration", timing_.prompt);
    write_count(out, "eval_count", usage_.out.value_or(0));
    write_count(out, "eval_duration", timing_.generation);
}

void OllamaReply::begin_call(const ChatEvent& event) {
    std::string id = event.id.empty() ? "call_" + id_stem_ + "_" + std::to_string(calls_.size()) : event.id;
    calls_.push_back({std::move(id), event.name, event.text});
}

// In a stream the calls go out on a line of their own before the last one; a whole reply has them in its
// message. Arguments that are no object have no place there: what the model wrote stays text.
void OllamaReply::write_calls(std::string& out) {
    std::vector<Call> calls;
    calls.swap(calls_);
    for (Call& call : calls) {
        std::string arguments = object_of(call.arguments);
        if (!arguments.empty()) {
            call.arguments = std::move(arguments);
            calls_.push_back(std::move(call));
            continue;
        }
        ChatEvent broken;
        broken.text = call.name + call.arguments;
        say(text_, {}, broken, out);
    }
    if (!streams_ || calls_.empty()) return;
    write_line({}, call_list(), Json(), out);
    calls_.clear();
}

// The member of a message; empty when there are none. Generate has no place for calls, and asks for none.
std::string OllamaReply::call_list() {
    if (calls_.empty()) return {};
    std::string out;
    for (std::size_t index = 0; index < calls_.size(); ++index) {
        const Call& call = calls_[index];
        out += index == 0 ? ",\"tool_calls\":[{\"id\":" : ",{\"id\":";
        append_json_string(out, call.id);
        out.append(",\"function\":{\"index\":").append(std::to_string(index)).append(",\"name\":");
        append_json_string(out, call.name);
        out.append(",\"arguments\":").append(call.arguments).append("}}");
    }
    return out + "]";
}

// OpenAI's objects of a token, with the members that Ollama has.
Json OllamaReply::logprobs_of(const ChatEvent& event) const {
    Json list = Json::array();
    if (event.logprobs.empty()) return list;
    Result<Json> given = read_json(event.logprobs);
    if (!given) return list;
    auto plain = [](const Json& token) {
        Json one = {{"token", member(token, "token")}, {"logprob", member(token, "logprob")}};
        if (const Json& bytes = member(token, "bytes"); bytes.is_array()) one["bytes"] = bytes;
        return one;
    };
    for (const Json& token : items(member(*given, "content"))) {
        list.push_back(plain(token));
        const auto& alternatives = items(member(token, "top_logprobs"));
        if (!alternatives_ || alternatives.empty()) continue;
        for (const Json& other : alternatives) list.back()["top_logprobs"].push_back(plain(other));
    }
    return list;
}

}  // namespace aihub::translate
