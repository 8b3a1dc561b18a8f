// A server-sent event as the JSON document that it carries, which may be changed in place: whatever surrounds
// the document (other fields, comments, the kind of line ends, several data lines) stays as it came. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/aihub-serve/pipeline/json_members.hpp"

namespace aihub::serve {

// Where the first event of `text` ends: behind its blank line (npos: it has not ended). An empty line where
// an event might begin is one of its own.
std::size_t end_of_event(std::string_view text);

class EventJson {
public:
    explicit EventJson(std::string event);

    // What the event carries; null when that is no JSON object.
    const JsonObject* object() const { return object_ ? &*object_ : nullptr; }
    // Of the members of object().
    std::string_view text(Span span) const { return text_of(data_, span); }

    // Takes out all members of that name.
    void remove(std::string_view key);
    // Adds a member at the end, as `other` writes it and divides it from the one before.
    void append(const EventJson& other, std::size_t member);

    const std::string& event() const { return event_; }

private:
    // A data line's share of the document.
    struct Line {
        std::size_t in_event;
        std::size_t in_data;
        std::size_t size;
    };

    void read();
    void add_line(std::size_t begin, std::size_t end);
    void erase(Span span);

    std::string event_;
    std::string data_;  // of all data lines, with a line feed between two
    std::vector<Line> lines_;
    std::optional<JsonObject> object_;
};

}  // namespace aihub::serve
