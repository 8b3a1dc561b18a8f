#include "shared/cli/exit_code.hpp"

#include <array>
#include <cstdlib>

namespace aihub::cli {
namespace {

constexpr std::array codes = {
    ExitCode{0, "done"},
    ExitCode{1, "it ran, and the answer is negative or a part of it failed"},
    ExitCode{2, "wrong usage or bad configuration; nothing was done"},
    ExitCode{3, "no such user, token, model or file"},
    ExitCode{4, "not authorised: a key is missing, unknown, expired or revoked"},
    ExitCode{5, "the other side cannot be reached, failed, or took too long"},
    ExitCode{6, "damaged: a checksum mismatch, a truncated stream, a corrupt file"},
    ExitCode{7, "busy or locked, or it exists already"},
    ExitCode{8, "an answer is needed and there is no terminal to ask on"},
};

struct ErrorRow {
    ErrorCode code;
    int exit;
    std::string_view name;
};

constexpr std::array errors = {
    ErrorRow{ErrorCode::invalid_input, 2, "invalid_input"},
    ErrorRow{ErrorCode::not_found, 3, "not_found"},
    ErrorRow{ErrorCode::unauthorized, 4, "unauthorized"},
    ErrorRow{ErrorCode::conflict, 7, "conflict"},
    ErrorRow{ErrorCode::busy, 7, "busy"},
    ErrorRow{ErrorCode::unavailable, 5, "unavailable"},
    ErrorRow{ErrorCode::corrupt, 6, "corrupt"},
    ErrorRow{ErrorCode::no_terminal, 8, "no_terminal"},
    ErrorRow{ErrorCode::io, 1, "io"},
};

const ErrorRow& row_of(ErrorCode code) {
    for (const ErrorRow& row : errors)
        if (row.code == code) return row;
    std::abort();
}

}  // namespace

std::span<const ExitCode> exit_codes() {
    return codes;
}
int exit_code(ErrorCode code) {
    return row_of(code).exit;
}
std::string_view error_name(ErrorCode code) {
    return row_of(code).name;
}

}  // namespace aihub::cli
