// How many lines of a log may be no requests: a number, or a part of all lines. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "shared/base/result.hpp"

namespace aihub::logwatch {

class BadLimit {
public:
    // "1%", "0.5%", "100". invalid_input for anything else.
    static Result<BadLimit> parse(const std::string& text);

    bool is_passed(std::int64_t bad_lines, std::int64_t lines) const;

private:
    double count_ = 0;
    bool is_part_ = false;
};

}  // namespace aihub::logwatch
