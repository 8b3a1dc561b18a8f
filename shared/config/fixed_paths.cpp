#include "shared/config/fixed_paths.hpp"

#include <algorithm>
#include <array>

namespace aihub::config {
namespace {

constexpr std::array<std::string_view, 19> own_paths = {
    "v1",          "api",      "admin",   "user",       "health",          "healthz",
    "readyz",      "alive",    "metrics", "docs",       "redoc",           "static",
    "gridhub",     "registry", "live",    "playground", "playground-live", "dashboard",
    "openapi.json"};

// They stay below /api wherever base_path is, and win over Ollama's.
constexpr std::array<std::string_view, 4> own_api_paths = {"models", "uptime", "signup", "registry"};

bool holds(const auto& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

std::string_view first_segment(std::string_view path) {
    path.remove_prefix(1);
    return path.substr(0, path.find('/'));
}

bool is_own_path(std::string_view first_segment) {
    return holds(own_paths, first_segment);
}

bool is_base_path_taken(std::string_view base_path) {
    std::string_view first = first_segment(base_path);
    if (first != "api") return is_own_path(first);
    std::string_view below = base_path.substr(1 + first.size());
    return !below.empty() && holds(own_api_paths, first_segment(below));
}

}  // namespace aihub::config
