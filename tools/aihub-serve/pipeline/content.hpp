// What the content of a request asks of its model: does it show pictures, does it let something be heard? The
// rule of the older gateway (interfaces: smart routing), for all APIs. Pure.
#pragma once

#include <string_view>

#include "tools/aihub-serve/services/capabilities.hpp"
#include "tools/aihub-serve/translate/api.hpp"

namespace aihub::serve {

// A cheap look: false when `body` can hold neither picture nor sound. One pass at the speed of memory.
bool may_hold_media(std::string_view body);

// The abilities that a chat request needs beyond text; none for what read_json() refuses.
Abilities needs_of(translate::Api api, std::string_view body);

}  // namespace aihub::serve
