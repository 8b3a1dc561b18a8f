#include <poll.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "shared/accesslog/source/ingest.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-logwatch/bad_limit.hpp"
#include "tools/aihub-logwatch/commands.hpp"
#include "tools/aihub-logwatch/state_file.hpp"
#include "tools/aihub-logwatch/store.hpp"

namespace aihub::logwatch {
namespace {

constexpr int until_notice_ms = 2000;

struct IngestOptions {
    std::vector<std::string> files;
    std::optional<std::string> state;
    std::string max_bad = "1%";
    std::string trusted;
};

struct FileOutcome {
    std::string name;
    accesslog::IngestOutcome outcome;
};

cli::Table outcome_table(const std::vector<FileOutcome>& files) {
    cli::Table table{
        "aihub.ingest/1",
        "files",
        {{"file", "File"}, {"lines", "Lines"}, {"bad_lines", "Bad lines"}, {"position", "Read up to byte"}}};
    for (const auto& [name, outcome] : files)
        table.rows.push_back({name, cli::Cell::number(outcome.lines), cli::Cell::number(outcome.bad_lines),
                              name == "-" ? cli::Cell::none() : cli::Cell::number(outcome.position)});
    return table;
}

void note_outcome(const FileOutcome& file, cli::Output& out) {
    for (const std::string& note : file.outcome.notes) out.note(note);
    if (file.outcome.missing) out.note("there is no file " + file.name + " now; what it was before was read");
    for (const accesslog::BadLine& line : file.outcome.bad)
        out.note(printable(line.file) + ":" + std::to_string(line.number) + ": " + line.reason);
    auto shown = static_cast<std::int64_t>(file.outcome.bad.size());
    if (file.outcome.bad_lines > shown)
        out.note("and " + std::to_string(file.outcome.bad_lines - shown) + " more lines of " + file.name +
                 " that are no requests");
}

// The flag, or the setting when somebody has set it; nothing: no such file is kept.
Result<std::optional<std::string>> state_path(const cli::Tool& tool, const IngestOptions& options) {
    if (options.state && options.files.size() != 1)
        return Error(ErrorCode::invalid_input, "--state is for one log", "name one FILE");
    if (options.state || options.files.size() != 1 || options.files[0] == "-") return options.state;
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    if (configuration->settings.is_default("monitoring_state_path")) return std::optional<std::string>();
    return std::optional(configuration->settings.text("monitoring_state_path"));
}

// A person who waits is told what for.
void note_silence(cli::Output& out) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, until_notice_ms) == 0) out.note("waiting for lines of a log on stdin");
}

Result<FileOutcome> ingest_file(accesslog::Ingest& ingest, const std::string& file,
                                const std::optional<std::string>& state, cli::Output& out) {
    if (file == "-") {
        note_silence(out);
        Result<accesslog::IngestOutcome> outcome = ingest.read_stream(STDIN_FILENO, "stdin");
        if (!outcome) return outcome.error();
        return FileOutcome{file, std::move(*outcome)};
    }
    std::optional<accesslog::OlderPosition> older;
    if (state) {
        Result<std::optional<accesslog::OlderPosition>> known = read_state(*state);
        if (!known) return known.error();
        older = *known;
    }
    std::string path = absolute_path(file);
    Result<accesslog::IngestOutcome> outcome = ingest.read_log(path, older);
    if (!outcome) return outcome.error();
    if (state && !outcome->missing) {
        Result<void> written = write_state(*state, {outcome->position, outcome->inode});
        if (!written) return written.error();
    }
    return FileOutcome{path, std::move(*outcome)};
}

struct Totals {
    std::int64_t lines = 0;
    std::int64_t bad_lines = 0;
};

Totals totals_of(const std::vector<FileOutcome>& files) {
    Totals totals;
    for (const FileOutcome& file : files) {
        totals.lines += file.outcome.lines;
        totals.bad_lines += file.outcome.bad_lines;
    }
    return totals;
}

Result<void> run_ingest(const cli::Tool& tool, const IngestOptions& options, cli::Output& out) {
    Result<BadLimit> limit = BadLimit::parse(options.max_bad);
    if (!limit) return limit.error();
    Result<accesslog::TrustedProxies> trusted = accesslog::TrustedProxies::parse(options.trusted);
    if (!trusted) return trusted.error();
    Result<std::optional<std::string>> state = state_path(tool, options);
    if (!state) return state.error();
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    std::vector<FileOutcome> files;
    std::optional<Error> failed;  // one log that cannot be read does not keep the others waiting
    for (const std::string& file : options.files) {
        accesslog::Ingest ingest(*db, *trusted);
        Result<FileOutcome> outcome = ingest_file(ingest, file, *state, out);
        if (outcome)
            files.push_back(std::move(*outcome));
        else if (!failed)
            failed = outcome.error();
        else
            out.note(outcome.error().message);
    }
    for (const FileOutcome& file : files) note_outcome(file, out);
    if (failed) return *failed;
    out.print(outcome_table(files));
    Totals totals = totals_of(files);
    if (limit->is_passed(totals.bad_lines, totals.lines)) out.answer_negative();
    return {};
}

}  // namespace

void add_ingest_command(cli::Tool& tool) {
    auto options = std::make_shared<IngestOptions>();
    cli::Command& command = tool.command("ingest", "read what is new in access logs, and end");
    command.positionals("FILE", options->files, "logs, of any known form; - is stdin");
    command.option("--state", "FILE", options->state,
                   "also keep how far the log was read in this file, as JSON");
    command.option("--max-bad", "1%|N", options->max_bad,
                   "exit with 1 when more lines than this are no requests (default: 1%)");
    command.option("--trusted-proxies", "NETWORK,...", options->trusted,
                   "proxies whose X-Forwarded-For is believed (default: none)");
    command.prints_table();
    command.example("aihub-logwatch ingest /var/log/nginx/access.log", "for cron, as often as you like");
    command.example("zcat old.gz | aihub-logwatch ingest -", "what comes from stdin is always new");
    command.run([&tool, options](cli::Output& out) { return run_ingest(tool, *options, out); });
}

}  // namespace aihub::logwatch
