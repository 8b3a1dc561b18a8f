// Events of a reply, made by hand.
#pragma once

#include <string>

#include "tools/aihub-serve/translate/chat_event.hpp"

namespace aihub::translate {

inline ChatEvent said(ChatEvent::Kind kind, std::string text, std::size_t choice = 0) {
    ChatEvent event;
    event.kind = kind;
    event.text = std::move(text);
    event.choice = choice;
    return event;
}

inline ChatEvent text(std::string words, std::size_t choice = 0) {
    return said(ChatEvent::Kind::text, std::move(words), choice);
}

inline ChatEvent thought(std::string words) {
    return said(ChatEvent::Kind::reasoning, std::move(words));
}

inline ChatEvent call(std::size_t index, std::string id, std::string name, std::string arguments) {
    ChatEvent event = said(ChatEvent::Kind::tool_call, std::move(arguments));
    event.index = index;
    event.id = std::move(id);
    event.name = std::move(name);
    return event;
}

inline ChatEvent arguments(std::size_t index, std::string more) {
    ChatEvent event = said(ChatEvent::Kind::tool_arguments, std::move(more));
    event.index = index;
    return event;
}

inline ChatEvent finished(FinishReason reason, std::size_t choice = 0) {
    ChatEvent event = said(ChatEvent::Kind::finish, {}, choice);
    event.reason = reason;
    return event;
}

inline ChatEvent counted(std::uint64_t in, std::uint64_t out) {
    ChatEvent event = said(ChatEvent::Kind::usage, {});
    event.usage.in = in;
    event.usage.out = out;
    return event;
}

}  // namespace aihub::translate
