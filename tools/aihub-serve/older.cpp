#include "tools/aihub-serve/older.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/control_server.hpp"

namespace aihub::serve {
namespace {

constexpr Milliseconds patience{1000};
constexpr std::string_view before = "control-";
constexpr std::string_view after = ".sock";

bool is_of_older(std::string_view name) {
    if (!name.starts_with(before) || !name.ends_with(after)) return false;
    name.remove_prefix(before.size());
    name.remove_suffix(std::min(name.size(), after.size()));
    return parse_unsigned(name).has_value();
}

// 0 processes: it is only the socket of one that died.
Older ask(const std::string& state_folder, const std::string& name) {
    Result<ControlChannel> channel = connect_control(state_folder, name);
    if (!channel) {
        bool dead = channel.error().code == ErrorCode::not_found;
        std::error_code ignored;
        if (dead) std::filesystem::remove(state_folder + "/" + name, ignored);
        return {};
    }
    auto answer = ask_control(*channel, {{"verb", "status"}}, patience);
    if (!answer) return {};
    return {static_cast<int>(number_in(*answer, "process")), number_in(*answer, "connections")};
}

}  // namespace

std::vector<Older> find_older(const std::string& state_folder) {
    std::vector<Older> found;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(state_folder, failed)) {
        std::string name = entry.path().filename().string();
        if (!is_of_older(name)) continue;
        Older older = ask(state_folder, name);
        if (older.process > 0) found.push_back(older);
    }
    return found;
}

}  // namespace aihub::serve
