#include "tools/aihub-serve/background.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "shared/base/strings.hpp"
#include "shared/cli/exit_code.hpp"

extern char** environ;

namespace aihub::serve {
namespace {

std::vector<std::string> command_line(const config::Flags& flags, bool take_over) {
    std::vector<std::string> words = {"aihub-serve"};
    for (const auto& [flag, value] : flags) {
        bool bare = value == "on" && flag != "--auth";  // a switch: it takes no value
        words.push_back(bare ? flag : flag + "=" + value);
    }
    if (take_over) words.emplace_back("--take-over");
    return words;
}

ErrorCode code_of(int status) {
    int exit = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    for (ErrorCode code : {ErrorCode::invalid_input, ErrorCode::not_found, ErrorCode::unauthorized,
                           ErrorCode::corrupt, ErrorCode::conflict, ErrorCode::io})
        if (cli::exit_code(code) == exit) return code;
    return ErrorCode::unavailable;
}

// Its last word is the error; before it may stand lines of the log.
std::string last_word(std::string said) {
    while (!said.empty() && said.back() == '\n') said.pop_back();
    constexpr std::string_view program = "aihub-serve: ";
    std::size_t line = said.rfind('\n') + 1;  // 0 when there is one line only
    std::string_view last = std::string_view(said).substr(line);
    if (last.starts_with(program)) return std::string(last.substr(program.size()));
    return said;
}

// By its name, so that it has one in lists of processes; but a file that was replaced meanwhile is another
// program.
std::string this_program() {
    std::error_code failed;
    std::string path = std::filesystem::read_symlink("/proc/self/exe", failed).string();
    bool there = !failed && std::filesystem::equivalent(path, "/proc/self/exe", failed);
    return there ? path : "/proc/self/exe";
}

}  // namespace

Result<int> spawn_gateway(const config::Flags& flags, bool take_over, int output) {
    std::vector<std::string> words = command_line(flags, take_over);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    pid_t process = 0;
    int failed =
        ::posix_spawn(&process, this_program().c_str(), &files, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return Error(ErrorCode::io, std::string("cannot start the gateway: ") + std::strerror(failed));
    return static_cast<int>(process);
}

Error failed_start(int status, const std::string& said, std::string hint) {
    std::string why = last_word(said);
    if (why.empty() && WIFSIGNALED(status))
        why = "it was ended by signal " + std::to_string(WTERMSIG(status));
    return Error(code_of(status), "the gateway did not start: " + why, std::move(hint));
}

}  // namespace aihub::serve
