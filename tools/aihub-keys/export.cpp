#include "tools/aihub-keys/export.hpp"

#include <sys/stat.h>

#include <map>
#include <memory>

#include "shared/base/clock.hpp"
#include "shared/base/files.hpp"
#include "shared/base/money.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/accounts.hpp"
#include "shared/db/users.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

using cli::Cell;

struct ExportOptions {
    std::optional<std::string> file;
    std::string format;
    bool raw = false;
    bool hashes = false;
    bool force = false;
    bool all = false;
};

Cell moment(std::int64_t ms) {
    return ms == 0 ? Cell::none() : Cell(utc_iso8601(ms));
}

constexpr std::string_view dangerous = "=+-@\t\r";

// Of the present tokens of keys, by row number; those of deleted ones nobody needs.
using Hashes = std::map<std::int64_t, crypto::Digest>;

Result<Hashes> read_hashes(db::Database& db, const std::vector<db::ApiKey>& keys) {
    Result<std::vector<db::Account>> accounts = db::load_accounts(db);
    if (!accounts) return accounts.error();
    std::map<std::int64_t, std::string> hints;
    for (const db::ApiKey& key : keys) hints[key.row] = key.hint;
    Hashes hashes;
    for (const db::Account& account : *accounts)
        if (hints[account.key_row] == account.hint) hashes.emplace(account.key_row, account.hash);
    return hashes;
}

Cell hash_cell(const Hashes& hashes, const db::ApiKey& key) {
    auto found = hashes.find(key.row);
    return found == hashes.end() ? Cell::none() : Cell(crypto::to_hex(found->second));
}

cli::Table export_table(const std::vector<db::ApiKey>& keys, const std::map<std::string, db::User>& users,
                        const Hashes* hashes) {
    cli::Table table{"aihub.export/1", "keys", {}};
    for (const char* name : {"user", "name", "id", "hint", "tier", "balance", "created", "expires",
                             "last_used", "revoked", "email", "active", "kind", "models",
                             "requests_per_minute", "tokens_per_minute", "max_concurrent", "budget", "spent"})
        table.columns.push_back({name, name});
    if (hashes) table.columns.push_back({"hash", "hash"});
    for (const db::ApiKey& key : keys) {
        auto known = users.find(key.user);
        db::User user = known == users.end() ? db::User() : known->second;
        table.rows.push_back(
            {key.user, key.name, key.id, key.hint, key.tier, money_cell(user.balance_micro),
             moment(key.created_ms), moment(key.expires_ms), moment(key.last_used_ms), moment(key.revoked_ms),
             user.email.empty() ? Cell::none() : Cell(user.email), Cell::boolean(user.active), key.kind,
             Cell::list(key.models), number_cell(key.limits.requests_per_minute),
             number_cell(key.limits.tokens_per_minute), number_cell(key.limits.max_concurrent),
             money_cell(key.budget_micro), money_cell(key.spent_micro)});
        if (hashes) table.rows.back().push_back(hash_cell(*hashes, key));
    }
    return table;
}

Result<cli::Table> read_export(db::Database& db, const ExportOptions& options) {
    db::KeyFilter filter;
    filter.revoked_too = options.all;
    Result<std::vector<db::ApiKey>> keys = db::list_keys(db, filter);
    if (!keys) return keys.error();
    Result<std::vector<db::User>> listed = db::list_users(db);
    if (!listed) return listed.error();
    std::map<std::string, db::User> users;
    for (const db::User& user : *listed) users[user.name] = user;
    if (!options.hashes) return export_table(*keys, users, nullptr);
    Result<Hashes> hashes = read_hashes(db, *keys);
    if (!hashes) return hashes.error();
    return export_table(*keys, users, &*hashes);
}

std::string format_of(const ExportOptions& options, const cli::Output& out) {
    if (!options.format.empty()) return options.format;
    if (out.wants_json()) return "json";
    std::string file = options.file.value_or("-");
    for (const char* name : {"json", "ndjson"})
        if (file.ends_with(std::string(".") + name)) return name;
    return "csv";
}

std::string render(const cli::Table& table, const std::string& format, bool raw) {
    bool guard = format == "csv" && !raw;
    return cli::render(guard ? guarded(table) : table, *cli::parse_format(format));
}

Result<void> run_export(const cli::Tool& tool, const ExportOptions& options, cli::Output& out) {
    Result<db::Database> db = open_existing_for_reading(tool);
    if (!db) return db.error();
    Result<cli::Table> table = read_export(*db, options);
    if (!table) return table.error();
    std::string text = render(*table, format_of(options, out), options.raw);
    std::string file = options.file.value_or("-");
    if (file == "-") return out.write(text), Result<void>();
    Result<void> written = write_export(file, text, options.force);
    if (!written) return written;
    std::string count = std::to_string(table->rows.size());
    out.note("wrote " + count + (count == "1" ? " key" : " keys") + " to " + file);
    return {};
}

}  // namespace

std::string guarded(const std::string& text) {
    std::size_t first = text.find_first_not_of('\'');
    bool risky = first != std::string::npos && dangerous.find(text[first]) != std::string_view::npos;
    return risky && !parse_money(text) ? "'" + text : text;
}

std::string unguarded(const std::string& text) {
    return text.starts_with('\'') && guarded(text.substr(1)) == text ? text.substr(1) : text;
}

cli::Table guarded(cli::Table table) {
    for (auto& row : table.rows)
        for (Cell& cell : row) cell = Cell(guarded(cell.exact()));
    return table;
}

cli::Table seed_table(const std::vector<db::ApiKey>& keys) {
    cli::Table table{"aihub.users/1",
                     "users",
                     {{"user_id", "User ID"},
                      {"user", "User"},
                      {"api_key_name", "API KEY Name"},
                      {"created_at", "Created At"},
                      {"expires_at", "Expires At"},
                      {"token", "Token"}}};
    table.boxed = true;
    for (const db::ApiKey& key : keys)
        table.rows.push_back(
            {key.id, key.user, key.name, moment(key.created_ms), moment(key.expires_ms), key.hint});
    return table;
}

std::string seed_csv(const std::vector<db::ApiKey>& keys) {
    cli::Table table = guarded(seed_table(keys));
    for (cli::Column& column : table.columns) column.key = column.title;
    return cli::render(table, cli::Format::csv);
}

Result<void> write_export(const std::string& file, const std::string& text, bool replace) {
    struct stat found{};
    bool exists = ::stat(file.c_str(), &found) == 0;
    if (exists && !S_ISREG(found.st_mode))
        return Error(ErrorCode::invalid_input, file + " is no ordinary file", "name a file, or - for stdout");
    if (exists && !replace)
        return Error(ErrorCode::conflict, file + " exists already", "add --force to replace it");
    Result<void> written = write_file(file, text, 0600);
    if (written) return {};
    return Error(ErrorCode::io, written.error().message, "check the folder and its permissions");
}

void add_export_command(cli::Tool& tool) {
    auto options = std::make_shared<ExportOptions>();
    cli::Command& command = tool.command("export", "write keys to a file, never the tokens");
    command.positional("FILE", options->file, "where to; - is stdout (default)");
    command.option("--format", "FORMAT", options->format,
                   "csv, json or ndjson (default: as the file is called)");
    command.one_of({"csv", "json", "ndjson"});
    command.flag("--hashes", options->hashes,
                 "with the hashes of the tokens, so that aihub-keys import can read it");
    command.flag("--all", options->all, "deleted keys, too");
    command.flag("--raw", options->raw, "CSV without the quotation marks that stop formulas");
    command.flag("--force", options->force, "replace the file when it is there");
    command.example("aihub-keys export keys.csv", "for a spreadsheet");
    command.example("aihub-keys export - --format ndjson --hashes | ssh other aihub-keys import -",
                    "move all keys to another machine");
    command.run([&tool, options](cli::Output& out) { return run_export(tool, *options, out); });
}

}  // namespace aihub::keys
