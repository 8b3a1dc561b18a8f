#include "tools/aihub-serve/jobs/missing_lines.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_set>
#include <vector>

#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

// Far more than all loops gather, and what another process writes while it takes over.
constexpr off_t longest_end = 8 * 1024 * 1024;

std::string end_of(int file) {
    struct stat found{};
    if (::fstat(file, &found) != 0) return {};
    std::string text(static_cast<std::size_t>(std::min(found.st_size, longest_end)), '\0');
    auto at = found.st_size - static_cast<off_t>(text.size());
    ssize_t count = ::pread(file, text.data(), text.size(), at);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

// What to append behind `end`: first what completes a line that was cut.
std::string missing_in(std::string_view end, std::string_view lines) {
    std::vector<std::string_view> written = split(end, '\n');
    std::string_view cut = written.back();  // empty when the last line is whole
    std::unordered_set<std::string_view> known(written.begin(), written.end() - 1);
    std::string rest;
    std::string missing;
    for (std::string_view line : split(lines, '\n')) {
        if (line.empty() || known.contains(line)) continue;
        bool completes = !cut.empty() && rest.empty() && line.starts_with(cut);
        std::string_view piece = completes ? line.substr(cut.size()) : line;
        (completes ? rest : missing).append(piece).append("\n");
    }
    if (!cut.empty() && rest.empty() && !missing.empty()) rest = "\n";
    return rest + missing;
}

}  // namespace

Result<void> append_missing_lines(const std::string& path, std::string_view lines) {
    if (lines.empty()) return {};
    UniqueFd file(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
    std::string missing = file ? missing_in(end_of(file.get()), lines) : std::string();
    bool written =
        file && ::write(file.get(), missing.data(), missing.size()) == static_cast<ssize_t>(missing.size());
    if (written) return {};
    return Error(ErrorCode::io, "cannot append to " + path + ": " + std::strerror(errno),
                 "make room, or make it writable");
}

}  // namespace aihub::serve
