#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "shared/base/files.hpp"
#include "shared/config/settings.hpp"

namespace aihub::config {
namespace {

const std::string path = AIHUB_SOURCE_DIR "/man/aihub-serve.1";

// The page with its list of settings replaced by what the table says; that list starts behind the
// introduction.
std::string brought_up_to_date(const std::string& page) {
    std::size_t section = page.find("\n.Sh SETTINGS\n");
    std::size_t from = section == std::string::npos ? section : page.find(".Bl -tag", section);
    std::size_t to = page.find(".Sh SIGNALS\n");
    if (from == std::string::npos || to == std::string::npos || to < from) return {};
    return page.substr(0, from) + render_settings_reference() + page.substr(to);
}

TEST_CASE("the manual page of aihub-serve lists the settings as the table has them") {
    Result<std::string> page = read_file(path);
    REQUIRE(page.has_value());
    std::string wanted = brought_up_to_date(*page);
    if (std::getenv("AIHUB_WRITE_MANUAL")) REQUIRE(write_file(path, wanted, 0644).has_value());
    INFO("bring the page up to date with: AIHUB_WRITE_MANUAL=1 build/release/bin/unit_tests '*manual page*'");
    CHECK(read_file(path).value_or(std::string()) == wanted);
}

}  // namespace
}  // namespace aihub::config
