// The path of a request's target. Pure, any thread.
#pragma once

#include <string_view>

namespace aihub::accesslog {

// Without query and fragment, and without scheme and host of a proxy's absolute form; "/" when nothing is
// left.
std::string_view path_of(std::string_view uri);

}  // namespace aihub::accesslog
