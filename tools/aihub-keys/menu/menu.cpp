#include "tools/aihub-keys/menu/menu.hpp"

#include <array>
#include <cstdio>
#include <optional>

#include "shared/cli/line_dialog.hpp"
#include "shared/cli/prompt.hpp"
#include "shared/cli/screen_dialog.hpp"
#include "shared/cli/utf8.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/menu/desk.hpp"

namespace aihub::keys {
namespace {

struct MenuEntry {
    const char* label;
    void (*act)(Desk&);  // none: leaves
};

constexpr std::array menu = {
    MenuEntry{"Generate a token", generate_token},
    MenuEntry{"List all users", list_users},
    MenuEntry{"Delete a token", delete_token},
    MenuEntry{"Export users to file", export_users},
    MenuEntry{"Exit", nullptr},
};

cli::Choice menu_choice() {
    cli::Choice choice{.question = "What do you want to do?", .entries = {}, .numbered = true};
    for (const MenuEntry& entry : menu) choice.entries.push_back({entry.label});
    return choice;
}

void serve(Desk& desk) {
    const cli::Choice choice = menu_choice();
    while (std::optional<std::size_t> chosen = desk.dialog.choose(choice)) {
        if (!menu[*chosen].act) return;
        menu[*chosen].act(desk);
    }
}

Result<void> serve_by_line(const cli::Tool& tool, const cli::Look& look) {
    cli::LineDialog dialog(stdin, stderr, look);
    Desk desk{tool, dialog};
    serve(desk);
    return {};
}

// What was done is said again once the menu has left the screen.
Result<void> serve_on_screen(const cli::Tool& tool, const cli::Look& look, cli::Output& out) {
    Result<std::unique_ptr<cli::Terminal>> terminal = cli::Terminal::open(look);
    if (!terminal) return terminal.error();
    cli::ScreenDialog dialog(**terminal);
    Desk desk{tool, dialog};
    serve(desk);
    terminal->reset();
    for (const std::string& sentence : desk.done) out.note(cli::for_terminal(sentence, look.utf8));
    return {};
}

}  // namespace

Result<void> open_menu(const cli::Tool& tool, cli::Output& out) {
    if (!cli::can_ask() || out.wants_json()) return show_usage(tool);
    cli::Look look = cli::look_from_environment();
    return look.plain ? serve_by_line(tool, look) : serve_on_screen(tool, look, out);
}

}  // namespace aihub::keys
