#include <memory>
#include <string>

#include "shared/base/files.hpp"
#include "shared/db/foreign_store.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/import/sources.hpp"
#include "tools/aihub-keys/patient_input.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

constexpr std::string_view sqlite_header{"SQLite format 3\0", 16};

struct ImportOptions {
    std::optional<std::string> file;
    std::string from;
    std::string tier;
    std::string wait = "3s";
    bool dry_run = false;
};

Result<Tables> read_database(const std::string& file) {
    Result<db::ForeignStore> store = db::ForeignStore::open(file);
    if (!store) return store.error();
    Result<bool> ours = store->is_ours();
    if (!ours) return ours.error();
    if (*ours)
        return Error(ErrorCode::invalid_input, file + " is a database of aihub itself",
                     "import its export: aihub-keys export --db " + file + " --hashes | aihub-keys import -");
    Result<std::vector<std::string>> names = store->tables();
    if (!names) return names.error();
    Tables tables;
    for (const std::string& name : *names) {
        if (name != "tokens" && name != "users" && name != "api_keys" && name != "LiteLLM_VerificationToken")
            continue;
        Result<db::ForeignTable> table = store->read(name);
        if (!table) return table.error();
        tables[name] = rows_of(*table);
    }
    return tables;
}

Result<Tables> read_text(std::string_view text) {
    Result<Rows> rows = read_rows(text);
    if (!rows) return rows.error();
    if (rows->rows.empty())
        return Error(ErrorCode::invalid_input, "there are no keys to import", "name a file that holds some");
    Tables tables;
    tables[""] = std::move(*rows);
    return tables;
}

Result<Tables> read_source(const ImportOptions& options) {
    std::string file = options.file.value_or("-");
    Result<std::string> text =
        file == "-" ? read_stdin("keys", options.wait, Amount::everything) : read_file(file);
    if (!text && file == "-") return text.error();
    if (!text) return Error(text.error().code, text.error().message, "name the file to import");
    if (!text->starts_with(sqlite_header)) return read_text(*text);
    if (file == "-")
        return Error(ErrorCode::invalid_input, "a database cannot be read from stdin", "name its file");
    return read_database(file);
}

void tell(const Import& import, cli::Output& out) {
    for (const LeftOut& each : import.left_out) out.note("left out " + each.what + ": " + each.why);
}

cli::Record outcome_record(const db::ImportOutcome& outcome, const Import& import, const Source& source) {
    auto left_out = static_cast<std::int64_t>(import.left_out.size());
    return {"aihub.import/1",
            {{"from", source.name},
             {"keys", cli::Cell::number(outcome.keys)},
             {"users", cli::Cell::number(outcome.users)},
             {"present", cli::Cell::number(outcome.present)},
             {"left_out", cli::Cell::number(left_out)}}};
}

Result<void> preview(const Import& import, const Source& source, cli::Output& out) {
    db::ImportOutcome outcome;
    outcome.keys = static_cast<std::int64_t>(import.keys.size());
    cli::Record record = outcome_record(outcome, import, source);
    std::erase_if(record.fields,
                  [](const auto& field) { return field.first == "users" || field.first == "present"; });
    out.print(record);
    out.note("nothing was imported, because of --dry-run");
    return {};
}

Result<void> import_all(const cli::Tool& tool, const ImportOptions& options, cli::Output& out) {
    Result<Tables> tables = read_source(options);
    if (!tables) return tables.error();
    Result<const Source*> source = find_source(options.from, *tables);
    if (!source) return source.error();
    Result<Import> import = (*source)->read(*tables, options.tier);
    if (!import) return import.error();
    if (!out.wants_json()) tell(*import, out);
    if (options.dry_run) return preview(*import, **source, out);
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    Result<db::ImportOutcome> outcome = db::import_keys(*db, import->keys, actor());
    if (!outcome) return outcome.error();
    out.print(outcome_record(*outcome, *import, **source));
    return {};
}

}  // namespace

void add_import_command(cli::Tool& tool) {
    auto options = std::make_shared<ImportOptions>();
    cli::Command& command = tool.command("import", "take over keys from a file; they keep working");
    command.positional("FILE", options->file, "CSV, JSON, NDJSON or SQLite; - is stdin (default)");
    command.option("--from", "SOURCE", options->from, "where the file is from (default: as it looks)");
    std::vector<std::string> names;
    for (const Source& source : sources()) names.emplace_back(source.name);
    command.one_of(names);
    command.option("--tier", "TIER", options->tier,
                   "of users who are new (default: as in the file; sub where it knows no balances)");
    command.flag("--dry-run", options->dry_run, "only say what would be imported");
    add_wait_option(command, options->wait);
    command.example("aihub-keys import tokens.db", "the keys of AI Gateway");
    command.example("aihub-keys import --from litellm keys.csv", "an export of LiteLLM_VerificationToken");
    command.run([&tool, options](cli::Output& out) { return import_all(tool, *options, out); });
}

}  // namespace aihub::keys
