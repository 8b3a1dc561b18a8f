// What a running program takes of settings that were read again. Pure.
#pragma once

#include <string>

#include "shared/base/result.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::config {

struct Reloaded {
    Configuration configuration;
    std::string needs_restart;  // settings that changed and keep their old value: "auth, base_path"
};

// `fresh`, in which all that only a restart can change is as in `running`: half of such a change would be
// worse than none (auth off, say, while the old addresses stay open). invalid_input when what is left of
// `fresh` does not fit a program that runs on: TLS switched on or off, a service that base_path would hide.
Result<Reloaded> reload(const Settings& running, Configuration fresh);

}  // namespace aihub::config
