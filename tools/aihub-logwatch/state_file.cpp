#include "tools/aihub-logwatch/state_file.hpp"

#include <nlohmann/json.hpp>

#include "shared/base/files.hpp"

namespace aihub::logwatch {
namespace {

using Json = nlohmann::json;

std::optional<std::int64_t> count(const Json& object, const char* name) {
    auto member = object.find(name);
    if (member == object.end() || !member->is_number_integer()) return std::nullopt;
    std::int64_t value = member->get<std::int64_t>();
    return value < 0 ? std::nullopt : std::optional(value);
}

}  // namespace

Result<std::optional<accesslog::OlderPosition>> read_state(const std::string& file) {
    Result<std::string> text = read_file(file);
    if (!text && text.error().code == ErrorCode::not_found) return std::optional<accesslog::OlderPosition>();
    if (!text) return text.error();
    Json state = Json::parse(*text, nullptr, false);
    std::optional<std::int64_t> position = state.is_object() ? count(state, "position") : std::nullopt;
    std::optional<std::int64_t> inode = state.is_object() ? count(state, "inode") : std::nullopt;
    if (!position || !inode)
        return Error(ErrorCode::corrupt, file + R"( is not {"position": BYTES, "inode": NUMBER})",
                     "name another file, or remove it to begin at the start of the log");
    return std::optional(accesslog::OlderPosition{*position, *inode});
}

std::string state_text(const accesslog::OlderPosition& state) {
    return Json{{"position", state.position}, {"inode", state.inode}}.dump() + "\n";
}

Result<void> write_state(const std::string& file, const accesslog::OlderPosition& state) {
    return write_file(file, state_text(state), 0600);
}

}  // namespace aihub::logwatch
