#include "tools/aihub-serve/translate/anthropic_blocks.hpp"

#include <algorithm>
#include <utility>

#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/sse.hpp"

namespace aihub::translate {
namespace {

Json text_block(std::string text) {
    return {{"type", "text"}, {"text", std::move(text)}};
}

// Signatures let Anthropic's servers trust thinking that comes back to them; these need none.
Json thinking_block(std::string text) {
    return {{"type", "thinking"}, {"thinking", std::move(text)}, {"signature", ""}};
}

Json call_block(const std::string& id, const std::string& name, Json input) {
    return {{"type", "tool_use"}, {"id", id}, {"name", name}, {"input", std::move(input)}};
}

// `input` has to be an object. Arguments that are none, for a model may be cut short or go wrong, are wrapped
// the way Anthropic's reference has clients wrap them.
Json input_of(const std::string& arguments) {
    if (arguments.empty()) return Json::object();
    Result<Json> input = read_json(arguments);
    return input && input->is_object() ? std::move(*input) : Json{{"INVALID_JSON", arguments}};
}

}  // namespace

void write_anthropic_event(std::string& out, const Json& event) {
    write_sse(out, text_member(event, "type"), json_text(event));
}

void AnthropicBlocks::add_text(std::string_view text, std::string& out) {
    say(Kind::text, text, out);
}

void AnthropicBlocks::add_thinking(std::string_view text, std::string& out) {
    say(Kind::thinking, text, out);
}

void AnthropicBlocks::add_call(const ChatEvent& event, std::string& out) {
    Call& call = call_of(event);
    call.waiting += event.text;
    call.scan.feed(event.text);
    if (current_ == calls_.size()) return;  // blanks behind a call that is complete and closed
    if (kind_ != Kind::call) open_call(out);
    advance(out);
}

void AnthropicBlocks::finish(std::string& out) {
    flush_calls(out);
    for (const Saying& each : std::exchange(postponed_, {})) say(each.kind, each.text, out);
    close(out);
}

void AnthropicBlocks::say(Kind kind, std::string_view text, std::string& out) {
    if (text.empty()) return;
    if (is_amid_call()) return postpone(kind, text);
    switch_to(kind, out);
    if (kind == Kind::text)
        delta("text_delta", "text", text, out);
    else if (!form_.omits_thinking)
        delta("thinking_delta", "thinking", text, out);
}

void AnthropicBlocks::postpone(Kind kind, std::string_view text) {
    if (postponed_.empty() || postponed_.back().kind != kind) postponed_.push_back({kind, {}});
    postponed_.back().text += text;
}

bool AnthropicBlocks::is_amid_call() const {
    return kind_ == Kind::call && !(current_ + 1 == calls_.size() && calls_[current_].scan.is_complete());
}

void AnthropicBlocks::switch_to(Kind kind, std::string& out) {
    if (kind_ == kind) return;
    flush_calls(out);
    close(out);
    open(kind, kind == Kind::text ? text_block("") : thinking_block(""), out);
}

void AnthropicBlocks::open(Kind kind, const Json& block, std::string& out) {
    kind_ = kind;
    if (form_.streams)
        write_anthropic_event(out,
                              {{"type", "content_block_start"}, {"index", index_}, {"content_block", block}});
}

void AnthropicBlocks::close(std::string& out) {
    if (kind_ == Kind::none) return;
    if (form_.streams) {
        if (kind_ == Kind::thinking) delta("signature_delta", "signature", "", out);
        write_anthropic_event(out, {{"type", "content_block_stop"}, {"index", index_}});
    } else {
        content_.push_back(whole_block());
    }
    text_.clear();
    kind_ = Kind::none;
    ++index_;
}

// By hand: this is what runs for every token.
void AnthropicBlocks::delta(std::string_view type, std::string_view member, std::string_view text,
                            std::string& out) {
    if (!form_.streams) {
        text_ += text;
        return;
    }
    out.append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
        .append(std::to_string(index_))
        .append(",\"delta\":{\"type\":\"")
        .append(type)
        .append("\",\"")
        .append(member)
        .append("\":");
    append_json_string(out, text);
    out += "}}\n\n";
}

AnthropicBlocks::Call& AnthropicBlocks::call_of(const ChatEvent& event) {
    auto known = std::find_if(calls_.begin(), calls_.end(),
                              [&](const Call& call) { return call.index == event.index; });
    if (known != calls_.end()) return *known;
    std::string id = event.id;
    if (id.empty()) id = "toolu_" + form_.id_stem + "_" + std::to_string(calls_.size());
    return calls_.emplace_back(Call{event.index, std::move(id), event.name, {}, {}});
}

void AnthropicBlocks::open_call(std::string& out) {
    if (current_ == calls_.size()) return;
    close(out);
    const Call& call = calls_[current_];
    open(Kind::call, call_block(call.id, call.name, Json::object()), out);
}

void AnthropicBlocks::write_arguments(std::string& out) {
    std::string& waiting = calls_[current_].waiting;
    if (!waiting.empty()) delta("input_json_delta", "partial_json", waiting, out);
    waiting.clear();
}

// Goes on to the next call only when there is one and this one is complete.
void AnthropicBlocks::advance(std::string& out) {
    write_arguments(out);
    while (current_ + 1 < calls_.size() && calls_[current_].scan.is_complete()) {
        close(out);
        ++current_;
        open_call(out);
        write_arguments(out);
    }
}

void AnthropicBlocks::flush_calls(std::string& out) {
    for (; current_ < calls_.size(); ++current_) {
        if (kind_ != Kind::call) open_call(out);
        write_arguments(out);
        close(out);
    }
}

Json AnthropicBlocks::whole_block() {
    if (kind_ == Kind::text) return text_block(std::move(text_));
    if (kind_ == Kind::thinking) return thinking_block(std::move(text_));
    const Call& call = calls_[current_];
    return call_block(call.id, call.name, input_of(text_));
}

}  // namespace aihub::translate
