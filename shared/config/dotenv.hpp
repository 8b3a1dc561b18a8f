// The text of a .env file. Pure. A line is NAME=value; blank lines and lines that begin with # are skipped,
// `export ` may stand in front, one pair of quotes around the value is removed, and nothing is expanded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace aihub::config {

struct DotenvEntry {
    std::string name;
    std::string value;
    int line;
};

// invalid_input, "LINE: what", for a line that is none of these. The last of two lines with one name counts.
Result<std::vector<DotenvEntry>> parse_dotenv(std::string_view text);

}  // namespace aihub::config
