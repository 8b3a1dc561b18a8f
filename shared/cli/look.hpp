// What a terminal can show, and the marks that it is shown with. Pure values.
#pragma once

#include <string_view>

namespace aihub::cli {

struct Look {
    bool utf8 = true;
    bool colour = true;
    bool plain = false;  // a terminal that can only print lines: TERM is dumb, or says nothing

    std::string_view pointer() const { return utf8 ? "❯ " : "> "; }
    std::string_view ellipsis() const { return utf8 ? "…" : "~"; }
    std::string_view divider() const { return utf8 ? " · " : " | "; }
};

// From LC_ALL, LC_CTYPE and LANG; NO_COLOR; TERM.
Look look_from_environment();

}  // namespace aihub::cli
