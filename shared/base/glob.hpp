// Patterns with `*` for any text, as in lists of models and of origins. Pure, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace aihub {

// Whether all of `text` fits `pattern`; ASCII case is ignored. Time is bounded by the product of both
// lengths.
bool matches_glob(std::string_view text, std::string_view pattern);
// Whether it fits one of them.
bool matches_any_glob(std::string_view text, std::span<const std::string> patterns);

}  // namespace aihub
