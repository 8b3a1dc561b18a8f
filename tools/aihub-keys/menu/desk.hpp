// What an entry of the menu works with: the program's settings, the person, and what was done so far. Each
// entry asks, acts, and tells; what fails is told too, and the menu goes on. Private to the menu.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/cli/dialog.hpp"
#include "shared/cli/tool.hpp"
#include "shared/db/keys.hpp"

namespace aihub::keys {

struct Desk {
    const cli::Tool& tool;
    cli::Dialog& dialog;
    std::vector<std::string> done = {};  // sentences, for when the screen is gone

    void did(const std::string& sentence);
    void failed(const Error& error);
};

void generate_token(Desk& desk);
void list_users(Desk& desk);
void delete_token(Desk& desk);
void export_users(Desk& desk);

// The local day, which has room in a table; empty where there is none.
std::string day_of(std::int64_t ms);

}  // namespace aihub::keys
