// Where server-sent events end. Pure.
#pragma once

#include <string_view>

namespace aihub::serve {

// Whether an event ends here, so that a comment or another event may follow.
inline bool ends_event(std::string_view payload) {
    return payload.ends_with("\n\n") || payload.ends_with("\r\n\r\n");
}

}  // namespace aihub::serve
