// Lines that a killed process still held in memory are appended to the file that they were for, but for those
// that reached it. Blocking.
#pragma once

#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::serve {

// `lines`: whole ones, no two alike. A last line that was cut is completed.
Result<void> append_missing_lines(const std::string& path, std::string_view lines);

}  // namespace aihub::serve
