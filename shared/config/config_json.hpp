// A configuration as JSON, in the shape of aihub.json: what counts, wherever it was said. Secrets are shown
// as their first characters and the last four. Pure.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::config {

// `_file` and `_origins` (of all that is no default) stand beside the settings.
std::string to_json(const Configuration& configuration);

// What differs, by the settings' names: {"rate_limits.payg": {"from": 5, "to": 7}}. Of a secret that changed
// what may be shown.
std::string differences(const Configuration& before, const Configuration& after);

// A patch as a client sends it that has edited what to_json() gave: what only says again what it was shown of
// a secret is taken out (or, in a list, replaced by the secret), and so are `_file` and its like.
std::string without_masks(std::string_view patch, const Configuration& configuration);

// The settings of a patch whose value comes from a flag or a variable, which count more than the file.
std::vector<std::string> overridden(std::string_view patch, const Configuration& after);

}  // namespace aihub::config
