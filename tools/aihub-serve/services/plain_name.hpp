// `name` and `name:latest` are one model. Pure.
#pragma once

#include <string_view>

namespace aihub::serve {

inline std::string_view plain_name(std::string_view model) {
    constexpr std::string_view tag = ":latest";
    if (model.ends_with(tag)) model.remove_suffix(tag.size());
    return model;
}

}  // namespace aihub::serve
