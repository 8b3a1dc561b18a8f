// What the exit code of a program says. One table for all programs but aihub-check, which has Nagios's.
#pragma once

#include <span>
#include <string_view>

#include "shared/base/result.hpp"

namespace aihub::cli {

struct ExitCode {
    int number;
    std::string_view meaning;
};

std::span<const ExitCode> exit_codes();

int exit_code(ErrorCode code);
// "not_found": the code as --json prints it.
std::string_view error_name(ErrorCode code);

}  // namespace aihub::cli
