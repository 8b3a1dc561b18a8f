#include "tools/aihub-serve/pipeline/log_line.hpp"

#include <charconv>
#include <string>

#include "shared/base/strings.hpp"

namespace aihub::serve {

LogLine& LogLine::text(std::string_view value) {
    at_ = copy_json_plain(at_, value) ? at_ + value.size() : write_json_escaped(at_, value);
    return *this;
}

LogLine& LogLine::number(std::uint64_t value) {
    at_ = std::to_chars(at_, at_ + number_room, value).ptr;
    return *this;
}

LogLine& LogLine::optional(std::optional<std::uint64_t> value) {
    return value ? number(*value) : raw("null");
}

LogLine& LogLine::thousandths(std::int64_t value) {
    at_ = write_thousandths(at_, value);
    return *this;
}

}  // namespace aihub::serve
