// Where a command's answer goes: stdout holds the answer and nothing else, stderr everything besides. Owned
// by Tool::main for the length of one call; one thread. A write that fails (full disk) is noticed by
// finish().
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "shared/cli/table.hpp"

namespace aihub::cli {

// How the answer is printed: --format, --json, --ndjson, -q, --no-header.
struct OutputOptions {
    Format format = Format::automatic;  // a table on a terminal, TSV elsewhere
    bool first_column_only = false;
    bool header = true;
};

class Output {
public:
    Output(std::string program, std::FILE* out, std::FILE* error);

    void write(std::string_view text);  // stdout, as it is
    void line(std::string_view text);   // stdout, and a newline
    void note(std::string_view text);   // stderr: "aihub-keys: text"
    void print(const Table& table);     // in the format that was asked for
    void print(const Record& record);   // JSON when asked for, else "name: value" lines

    // Until stdout takes a short line without a wait. A terminal may have been stopped, a pipe be full: who
    // is about to hold a lock while writing waits before.
    void wait_for_room();

    bool wants_json() const;  // --json or --ndjson
    bool is_terminal() const { return terminal_; }
    // The command ran and its answer is negative (exit code 1), which is no error to report.
    void answer_negative() { negative_ = true; }
    bool is_negative() const { return negative_; }

    void set_options(const OutputOptions& options) { options_ = options; }
    // "prog: what; hint", or the same as one line of JSON.
    void report(const Error& error);
    // Flushes; io when stdout did not take everything.
    Result<void> finish();

private:
    Format table_format() const;

    std::string program_;
    std::FILE* out_;
    std::FILE* error_;
    OutputOptions options_;
    bool terminal_;
    bool negative_ = false;
    int failure_ = 0;  // the first errno of stdout
};

}  // namespace aihub::cli
