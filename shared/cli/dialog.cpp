#include "shared/cli/dialog.hpp"

namespace aihub::cli {

std::vector<Searched> searched_in(const Choice& choice) {
    if (!choice.searched.empty()) return choice.searched;
    std::vector<Searched> texts;
    for (const auto& cells : choice.entries) {
        Searched& text = texts.emplace_back();
        for (const std::string& cell : cells) text.names += cell + " ";
    }
    return texts;
}

}  // namespace aihub::cli
