// Server-sent events (the HTML standard's text/event-stream): a reader that takes a stream in pieces cut
// anywhere, and a writer. The reader gives the data of each event; its name, id and comments are of no use
// here. One a stream; not shared between threads.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace aihub::translate {

class SseReader {
public:
    using Sink = std::function<void(std::string_view data)>;

    // False: an event is larger than any model server's ever is, and reading has ended.
    bool feed(std::string_view piece, const Sink& sink);
    // No more pieces: an event whose blank line never came is given as far as it goes.
    void end(const Sink& sink);

private:
    void take_line(std::string_view line, const Sink& sink);
    void take_data(std::string_view value);
    void dispatch(const Sink& sink);

    std::string line_;  // a line whose end has not come yet
    std::string data_;
    bool has_data_ = false;
    bool after_return_ = false;  // a line feed right after a carriage return ends no second line
    bool at_start_ = true;
};

// An event, ended. Line feeds in `data` become lines of data, as the standard has it.
void write_sse(std::string& out, std::string_view data);
void write_sse(std::string& out, std::string_view name, std::string_view data);

}  // namespace aihub::translate
