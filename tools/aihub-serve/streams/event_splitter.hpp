// Cuts a body of server-sent events into its events, whatever the pieces in which it arrives; not a byte is
// changed (WHATWG HTML, 9.2.6). One a stream, one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aihub::serve {

// One event with the empty line that ends it. Good until the splitter is called again.
struct SplitEvent {
    std::string_view text;
    std::size_t last_line = 0;  // where in it that empty line begins: more fields may stand before
    bool is_comment = false;    // it has no field: nothing that a client would ever see
};

class EventSplitter {
public:
    void feed(std::string_view piece);
    // The next whole event.
    std::optional<SplitEvent> next();
    // What has come of an event that is not whole yet.
    std::string_view rest() const { return std::string_view(buffer_).substr(start_); }
    // True when there is a line in it.
    bool rest_says_something() const { return has_lines_ || line_start_ < buffer_.size(); }

private:
    bool is_ended_line(std::size_t& line_end, std::size_t& next_line);
    SplitEvent cut(std::size_t last_line, std::size_t end);

    std::string buffer_;
    std::size_t start_ = 0;  // of the event under way
    std::size_t line_start_ = 0;
    std::size_t scanned_ = 0;
    bool has_lines_ = false;
    bool has_fields_ = false;
};

}  // namespace aihub::serve
