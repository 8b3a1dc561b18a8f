// The paths that the gateway answers itself, whatever is configured. Pure. Private to shared/config.
#pragma once

#include <string_view>

namespace aihub::config {

// "api" of "/api/registry".
std::string_view first_segment(std::string_view path);

// A service of that name, whose prefix it would be, would hide one of the gateway's own paths.
bool is_own_path(std::string_view first_segment);

// Ollama's API below `base_path` would stand in the way of the gateway's own paths, or they in its.
bool is_base_path_taken(std::string_view base_path);

}  // namespace aihub::config
