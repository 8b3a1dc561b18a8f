// The lines of a piece of text that comes in pieces. One that is too long to be a request is passed over, in
// bounded memory; zeros before a line, which a log has that was truncated under its writer's feet, count as
// part of it and are left out. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::accesslog {

inline constexpr std::size_t longest_line = 1024 * 1024;

struct Line {
    std::string_view text;  // without its end; until the next call
    std::int64_t end = 0;   // behind it, in the whole
    bool too_long = false;  // then without its text
};

class Lines {
public:
    // `position`: of the first byte that will come.
    explicit Lines(std::int64_t position) : position_(position) { buffer_.resize(piece_size); }

    // Where the next bytes go; say with came() how many there are.
    char* room();
    std::size_t room_size() const { return buffer_.size() - end_; }
    void came(std::size_t size) { end_ += size; }
    std::int64_t read_position() const { return position_ + static_cast<std::int64_t>(end_ - begin_); }

    // The next whole line; nothing until more bytes have come.
    std::optional<Line> next();
    // What stands behind the last end of a line, as a line; nothing when that is nothing.
    std::optional<Line> rest();

private:
    static constexpr std::size_t piece_size = 256 * 1024;

    void skip_zeros();
    Line take(std::size_t size, std::size_t with_end);
    void pass_over();

    std::string buffer_;
    std::size_t begin_ = 0;    // of the line that comes next
    std::size_t scanned_ = 0;  // up to here it has no end
    std::size_t end_ = 0;
    std::int64_t position_;  // of begin_
    bool too_long_ = false;
};

}  // namespace aihub::accesslog
