#include "shared/cli/prompt.hpp"

#include <stdlib.h>

#include <catch2/catch.hpp>

namespace aihub::cli {
namespace {

TEST_CASE("nobody is asked where AIHUB_NO_INPUT says so, and the hint names the flag that answers") {
    ::setenv("AIHUB_NO_INPUT", "1", 1);
    Result<bool> answer = confirm("really?", "--yes");
    ::unsetenv("AIHUB_NO_INPUT");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::no_terminal);
    CHECK(answer.error().hint == "add --yes");
}

}  // namespace
}  // namespace aihub::cli
