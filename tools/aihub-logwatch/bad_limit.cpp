#include "tools/aihub-logwatch/bad_limit.hpp"

#include <charconv>

#include "shared/base/strings.hpp"

namespace aihub::logwatch {

Result<BadLimit> BadLimit::parse(const std::string& text) {
    BadLimit limit;
    limit.is_part_ = text.ends_with('%');
    const char* end = text.data() + text.size() - (limit.is_part_ ? 1 : 0);
    auto [at, error] = std::from_chars(text.data(), end, limit.count_, std::chars_format::fixed);
    bool sound = error == std::errc() && at == end && limit.count_ >= 0;
    if (sound && (!limit.is_part_ || limit.count_ <= 100)) return limit;
    return Error(ErrorCode::invalid_input, "--max-bad " + printable(text) + ": neither a number nor a part",
                 "write 1% or 100");
}

bool BadLimit::is_passed(std::int64_t bad_lines, std::int64_t lines) const {
    auto bad = static_cast<double>(bad_lines);
    return is_part_ ? bad * 100 > count_ * static_cast<double>(lines) : bad > count_;
}

}  // namespace aihub::logwatch
