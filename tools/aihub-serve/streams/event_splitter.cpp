#include "tools/aihub-serve/streams/event_splitter.hpp"

namespace aihub::serve {

void EventSplitter::feed(std::string_view piece) {
    buffer_.erase(0, start_);
    line_start_ -= start_;
    scanned_ -= start_;
    start_ = 0;
    buffer_.append(piece);
}

// Lines end with LF, CRLF or CR; a CR that is the last byte may be half of a CRLF.
bool EventSplitter::is_ended_line(std::size_t& line_end, std::size_t& next_line) {
    line_end = buffer_.find_first_of("\r\n", scanned_);
    scanned_ = std::min(line_end, buffer_.size());
    if (line_end == std::string::npos) return false;
    next_line = line_end + 1;
    if (buffer_[line_end] == '\n') return true;
    if (next_line == buffer_.size()) return false;
    if (buffer_[next_line] == '\n') ++next_line;
    return true;
}

SplitEvent EventSplitter::cut(std::size_t last_line, std::size_t end) {
    SplitEvent event;
    event.text = std::string_view(buffer_).substr(start_, end - start_);
    event.last_line = last_line - start_;
    event.is_comment = !has_fields_;
    start_ = line_start_ = scanned_ = end;
    has_lines_ = has_fields_ = false;
    return event;
}

std::optional<SplitEvent> EventSplitter::next() {
    std::size_t line_end = 0;
    std::size_t next_line = 0;
    while (is_ended_line(line_end, next_line)) {
        bool empty = line_end == line_start_;
        if (empty && has_lines_) return cut(line_start_, next_line);
        if (!empty) {
            has_lines_ = true;
            has_fields_ = has_fields_ || buffer_[line_start_] != ':';
        }
        line_start_ = scanned_ = next_line;
    }
    return std::nullopt;
}

}  // namespace aihub::serve
