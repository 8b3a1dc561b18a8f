// Keys written to a file: for a spreadsheet, a script, or another aihub. Tokens are in none of them, because
// they are not stored. Blocking.
#pragma once

#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/cli/table.hpp"
#include "shared/db/database.hpp"
#include "shared/db/keys.hpp"

namespace aihub::keys {

// The table of the -l flag, also what -e and the menu export: its columns are those of an earlier gateway's
// key program, and the last characters of the token.
cli::Table seed_table(const std::vector<db::ApiKey>& keys);

// The same as CSV, under the titles that people know.
std::string seed_csv(const std::vector<db::ApiKey>& keys);

// A cell that a spreadsheet would run as a formula gets a quotation mark in front. unguarded() takes it away.
std::string guarded(const std::string& text);
std::string unguarded(const std::string& text);
// All cells of text, guarded.
cli::Table guarded(cli::Table table);

// Writes the whole file or nothing, for its owner's eyes only. conflict when it exists, unless it is to be
// replaced; invalid_input for what is no ordinary file.
Result<void> write_export(const std::string& file, const std::string& text, bool replace);

}  // namespace aihub::keys
