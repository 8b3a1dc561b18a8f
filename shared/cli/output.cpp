#include "shared/cli/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "shared/base/strings.hpp"
#include "shared/cli/exit_code.hpp"

namespace aihub::cli {
namespace {

std::string json_text(std::string_view text) {
    std::string quoted = "\"";
    append_json_escaped(quoted, text);
    return quoted + "\"";
}

std::string error_json(const Error& error) {
    return "{\"error\":{\"code\":" + json_text(error_name(error.code)) +
           ",\"exit\":" + std::to_string(exit_code(error.code)) + ",\"message\":" + json_text(error.message) +
           ",\"hint\":" + json_text(error.hint) + "}}\n";
}

bool is_terminal_stream(std::FILE* stream) {
    int fd = ::fileno(stream);
    return fd >= 0 && ::isatty(fd) == 1;
}

}  // namespace

Output::Output(std::string program, std::FILE* out, std::FILE* error)
    : program_(std::move(program)), out_(out), error_(error), terminal_(is_terminal_stream(out)) {}

void Output::write(std::string_view text) {
    if (failure_ != 0 || std::fwrite(text.data(), 1, text.size(), out_) == text.size()) return;
    failure_ = errno;
}

void Output::line(std::string_view text) {
    write(text);
    write("\n");
}

void Output::note(std::string_view text) {
    std::string line = program_ + ": " + printable(text) + "\n";
    std::fputs(line.c_str(), error_);
}

void Output::wait_for_room() {
    pollfd room{::fileno(out_), POLLOUT, 0};
    ::poll(&room, 1, -1);
}

bool Output::wants_json() const {
    return options_.format == Format::json || options_.format == Format::ndjson;
}

Format Output::table_format() const {
    if (options_.format != Format::automatic) return options_.format;
    return terminal_ ? Format::table : Format::tsv;
}

void Output::print(const Table& table) {
    if (options_.first_column_only) return write(render_first_column(table));
    write(render(table, table.boxed && !wants_json() ? Format::table : table_format(), options_.header));
}

void Output::print(const Record& record) {
    write(render(record, options_.format));
}

void Output::report(const Error& error) {
    if (wants_json()) return void(std::fputs(error_json(error).c_str(), error_));
    note(error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

Result<void> Output::finish() {
    if (std::fflush(out_) != 0 && failure_ == 0) failure_ = errno;
    if (failure_ == 0) return {};
    return Error(ErrorCode::io, std::string("cannot write to stdout: ") + std::strerror(failure_),
                 "the answer is not complete");
}

}  // namespace aihub::cli
