#include "shared/accesslog/source/lines.hpp"

#include <cstring>

namespace aihub::accesslog {

char* Lines::room() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        scanned_ -= begin_;
        begin_ = 0;
    }
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    return buffer_.data() + end_;
}

void Lines::skip_zeros() {
    while (begin_ < end_ && buffer_[begin_] == '\0') {
        ++begin_;
        ++position_;
    }
    if (scanned_ < begin_) scanned_ = begin_;
}

Line Lines::take(std::size_t size, std::size_t with_end) {
    std::string_view text(buffer_.data() + begin_, size);
    begin_ += with_end;
    scanned_ = begin_;
    position_ += static_cast<std::int64_t>(with_end);
    bool too_long = too_long_ || size > longest_line;
    too_long_ = false;
    return Line{too_long ? std::string_view() : text, position_, too_long};
}

void Lines::pass_over() {
    too_long_ = true;
    position_ += static_cast<std::int64_t>(end_ - begin_);
    begin_ = end_;
    scanned_ = end_;
}

std::optional<Line> Lines::next() {
    if (!too_long_) skip_zeros();
    auto* found = static_cast<const char*>(std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_));
    if (found) {
        auto size = static_cast<std::size_t>(found - (buffer_.data() + begin_));
        return take(size, size + 1);
    }
    scanned_ = end_;
    if (end_ - begin_ > longest_line) pass_over();
    return std::nullopt;
}

std::optional<Line> Lines::rest() {
    if (end_ == begin_ && !too_long_) return std::nullopt;
    return take(end_ - begin_, end_ - begin_);
}

}  // namespace aihub::accesslog
