#include "tools/aihub-serve/pipeline/event_json.hpp"

#include <algorithm>

namespace aihub::serve {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// Where the line that begins at `at` has its end, and where the next one begins; npos: not yet. A carriage
// return at the very end may be the first half of a line end.
struct LineEnd {
    std::size_t stop;
    std::size_t next;
};

LineEnd line_end(std::string_view text, std::size_t at) {
    std::size_t feed = text.find('\n', at);
    std::size_t stop = std::min(text.substr(0, feed).find('\r', at), feed);
    if (stop == npos || text[stop] == '\n') return {stop, stop == npos ? npos : stop + 1};
    if (stop + 1 < text.size()) return {stop, stop + (text[stop + 1] == '\n' ? 2U : 1U)};
    bool ends_lines_alone = stop > 0 && text[stop - 1] == '\r';
    return {stop, ends_lines_alone ? stop + 1 : npos};
}

}  // namespace

std::size_t end_of_event(std::string_view text) {
    for (std::size_t at = 0;;) {
        LineEnd line = line_end(text, at);
        if (line.next == npos || line.stop == at) return line.next;
        at = line.next;
    }
}

EventJson::EventJson(std::string event) : event_(std::move(event)) {
    read();
}

void EventJson::read() {
    data_.clear();
    lines_.clear();
    for (std::size_t at = 0; at < event_.size();) {
        LineEnd line = line_end(event_, at);
        std::size_t stop = std::min(line.stop, event_.size());
        if (std::string_view(event_).substr(at, stop - at).starts_with("data:")) add_line(at + 5, stop);
        at = std::min(line.next, event_.size());
    }
    object_ = read_object(data_);
}

// One space after the colon is no part of the data.
void EventJson::add_line(std::size_t begin, std::size_t end) {
    if (begin < end && event_[begin] == ' ') ++begin;
    if (!lines_.empty()) data_.push_back('\n');
    lines_.push_back({begin, data_.size(), end - begin});
    data_.append(event_, begin, end - begin);
}

// From the last line to the first, so that places before it stay what they are.
void EventJson::erase(Span span) {
    for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
        std::size_t begin = std::max(static_cast<std::size_t>(span.begin), line->in_data);
        std::size_t end = std::min(static_cast<std::size_t>(span.end), line->in_data + line->size);
        if (begin < end) event_.erase(line->in_event + begin - line->in_data, end - begin);
    }
    read();
}

void EventJson::remove(std::string_view key) {
    while (const JsonMember* member = object_ ? object_->find(key) : nullptr)
        erase(removal_of(*object_, static_cast<std::size_t>(member - object_->members.data())));
}

void EventJson::append(const EventJson& other, std::size_t member) {
    if (!object_) return;
    const std::vector<JsonMember>& theirs = other.object()->members;
    Span span = theirs[member].whole;
    if (!object_->members.empty() && member > 0) span.begin = theirs[member - 1].whole.end;
    std::uint64_t place =
        object_->members.empty() ? object_->braces.begin + 1 : object_->members.back().whole.end;
    std::string text(other.text(span));
    if (!object_->members.empty() && member == 0) text.insert(0, ",");
    auto line =
        std::find_if(lines_.rbegin(), lines_.rend(), [&](const Line& each) { return each.in_data <= place; });
    event_.insert(line->in_event + static_cast<std::size_t>(place) - line->in_data, text);
    read();
}

}  // namespace aihub::serve
