// What a dialog draws, for a screen of any size. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/cli/dialog.hpp"
#include "shared/cli/list_picker.hpp"
#include "shared/cli/terminal.hpp"

namespace aihub::cli {

Frame choice_frame(const Choice& choice, ListPicker& picker, const std::optional<Row>& message,
                   ScreenSize size, const Look& look);

Frame question_frame(const Question& question, const LineEditor& answer, const std::optional<Row>& message,
                     ScreenSize size, const Look& look);

// The secret is whole whatever else has no room.
Frame secret_frame(const std::string& heading, const std::string& secret, const std::string& note,
                   ScreenSize size, const Look& look);

}  // namespace aihub::cli
