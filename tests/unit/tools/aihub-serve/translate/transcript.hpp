// What a server side was heard saying, in words that tests can compare.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tools/aihub-serve/translate/chat_event.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

inline std::string name_of(ChatEvent::Kind kind) {
    switch (kind) {
        case ChatEvent::Kind::text:
            return "text";
        case ChatEvent::Kind::reasoning:
            return "reasoning";
        case ChatEvent::Kind::refusal:
            return "refusal";
        case ChatEvent::Kind::tool_call:
            return "tool_call";
        case ChatEvent::Kind::tool_arguments:
            return "tool_arguments";
        case ChatEvent::Kind::finish:
            return "finish";
        case ChatEvent::Kind::usage:
            return "usage";
    }
    return "?";
}

struct Transcript {
    std::vector<ChatEvent> events;
    Verdict verdict = Verdict::nonsense;
    std::string trouble;

    std::string kinds() const {
        std::string out;
        for (const ChatEvent& event : events) out += (out.empty() ? "" : " ") + name_of(event.kind);
        return out;
    }

    std::string text(ChatEvent::Kind kind) const {
        std::string out;
        for (const ChatEvent& event : events)
            if (event.kind == kind) out += event.text;
        return out;
    }

    const ChatEvent& last(ChatEvent::Kind kind) const {
        for (auto event = events.rbegin(); event != events.rend(); ++event)
            if (event->kind == kind) return *event;
        FAIL("no " << name_of(kind));
        return events.back();
    }

    // "0 id name arguments; …", in the order in which they begin.
    std::string calls() const {
        std::string out;
        for (const ChatEvent& call : events) {
            if (call.kind != ChatEvent::Kind::tool_call) continue;
            out += std::to_string(call.index) + " " + call.id + " " + call.name + " " + call.text;
            for (const ChatEvent& more : events)
                if (more.kind == ChatEvent::Kind::tool_arguments && more.index == call.index)
                    out += more.text;
            out += "; ";
        }
        return out;
    }

    bool operator==(const Transcript& other) const {
        return kinds() == other.kinds() && calls() == other.calls() && verdict == other.verdict &&
               text(ChatEvent::Kind::text) == other.text(ChatEvent::Kind::text) &&
               text(ChatEvent::Kind::reasoning) == other.text(ChatEvent::Kind::reasoning);
    }
};

}  // namespace aihub::translate
