#include "shared/cli/prompt.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "shared/base/strings.hpp"

namespace aihub::cli {
namespace {

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

}  // namespace

bool can_ask() {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1 && !is_set("CI") &&
           !is_set("AIHUB_NO_INPUT");
}

Result<bool> confirm(const std::string& question, const std::string& flag) {
    if (!can_ask())
        return Error(ErrorCode::no_terminal, "this needs an answer, and there is no terminal to ask on",
                     "add " + flag);
    std::fprintf(stderr, "%s [y/N] ", printable(question).c_str());
    std::string answer;
    std::getline(std::cin, answer);
    return iequals(trim(answer), "y") || iequals(trim(answer), "yes");
}

}  // namespace aihub::cli
