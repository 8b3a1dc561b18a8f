// A client side under test: it reads a request, is told what a model says, and what it writes is taken apart.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/sse.hpp"

namespace aihub::translate {

inline Json json_of(std::string_view text) {
    Result<Json> parsed = read_json(text);
    INFO(text);
    REQUIRE(parsed);
    return *parsed;
}

inline Circumstances some_circumstances() {
    Circumstances known;
    known.request_id = "req_a1.b:2";
    known.client_model = "as-asked";
    known.server_model = "as-served";
    known.now_ms = 1'770'000'000'123;
    return known;
}

inline ChatEvent said(ChatEvent::Kind kind, std::string text) {
    ChatEvent event;
    event.kind = kind;
    event.text = std::move(text);
    return event;
}

inline ChatEvent text(std::string words) {
    return said(ChatEvent::Kind::text, std::move(words));
}

inline ChatEvent thought(std::string words) {
    return said(ChatEvent::Kind::reasoning, std::move(words));
}

inline ChatEvent call(std::size_t index, std::string id, std::string name, std::string arguments = {}) {
    ChatEvent event = said(ChatEvent::Kind::tool_call, std::move(arguments));
    event.index = index;
    event.id = std::move(id);
    event.name = std::move(name);
    return event;
}

inline ChatEvent arguments(std::size_t index, std::string fragment) {
    ChatEvent event = said(ChatEvent::Kind::tool_arguments, std::move(fragment));
    event.index = index;
    return event;
}

inline ChatEvent finished(FinishReason reason, std::string stop_sequence = {}) {
    ChatEvent event;
    event.kind = ChatEvent::Kind::finish;
    event.reason = reason;
    event.stop_sequence = std::move(stop_sequence);
    return event;
}

inline ChatEvent used(std::uint64_t in, std::uint64_t out, std::uint64_t cached = 0,
                      std::uint64_t reasoning = 0) {
    ChatEvent event;
    event.kind = ChatEvent::Kind::usage;
    event.usage = {in, out, cached, reasoning};
    return event;
}

inline std::string written(ClientSide& side, const std::vector<ChatEvent>& events) {
    std::string out;
    for (const ChatEvent& event : events) side.event(event, out);
    side.end(out);
    return out;
}

// The data of each event of a stream.
inline std::vector<Json> events_of(std::string_view stream) {
    std::vector<Json> events;
    SseReader reader;
    auto take = [&](std::string_view data) { events.push_back(json_of(data)); };
    REQUIRE(reader.feed(stream, take));
    return events;
}

inline std::vector<std::string> types_of(const std::vector<Json>& events) {
    std::vector<std::string> types;
    for (const Json& event : events) types.emplace_back(text_member(event, "type"));
    return types;
}

}  // namespace aihub::translate
