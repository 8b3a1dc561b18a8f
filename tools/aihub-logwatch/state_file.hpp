// How far a log was read, in the form that an earlier gateway's monitoring keeps beside its database:
// {"position": bytes, "inode": number}. Blocking.
#pragma once

#include <optional>
#include <string>

#include "shared/accesslog/source/rotation.hpp"
#include "shared/base/result.hpp"

namespace aihub::logwatch {

// Nothing when there is no such file; corrupt when it says something else.
Result<std::optional<accesslog::OlderPosition>> read_state(const std::string& file);

std::string state_text(const accesslog::OlderPosition& state);

Result<void> write_state(const std::string& file, const accesslog::OlderPosition& state);

}  // namespace aihub::logwatch
