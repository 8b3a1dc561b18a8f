// What people write into settings: aihub.json with comments, .env files, and values of every type.
#include <nlohmann/json.hpp>

#include "shared/config/dotenv.hpp"
#include "shared/config/json_tree.hpp"
#include "shared/config/settings.hpp"
#include "shared/config/value_check.hpp"
#include "tests/fuzz/fuzz.hpp"

using aihub::fuzz::require;
using Json = nlohmann::json;

namespace {

void check_json(std::string_view text) {
    aihub::Result<aihub::config::JsonNode> tree = aihub::config::parse_json(text);
    if (tree) require(tree->line >= 1, "a document starts on a line");
    if (!tree) require(!tree.error().message.empty(), "a mistake is explained");
    if (tree && Json::accept(text))
        require((tree->kind == aihub::config::JsonNode::Kind::object) == Json::parse(text).is_object(),
                "an object is one to every parser");
}

void check_dotenv(std::string_view text) {
    aihub::Result<std::vector<aihub::config::DotenvEntry>> entries = aihub::config::parse_dotenv(text);
    if (!entries) return;
    for (const aihub::config::DotenvEntry& entry : *entries) {
        require(!entry.name.empty() && entry.line >= 1, "an entry has a name and a line");
        require(entry.value.find('\n') == std::string::npos, "a value is one line");
    }
}

// First byte: which setting.
void check_value(unsigned char which, std::string_view text) {
    std::span<const aihub::config::Setting> table = aihub::config::settings_table();
    const aihub::config::Setting& setting = table[which % table.size()];
    aihub::Result<std::string> once = aihub::config::canonical_value(setting, text);
    if (!once) return;
    aihub::Result<std::string> twice = aihub::config::canonical_value(setting, *once);
    require(twice.has_value() && *twice == *once, "a value that was accepted is accepted again, unchanged");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = aihub::fuzz::text_of(data, size);
    check_json(text);
    check_dotenv(text);
    if (size > 0) check_value(data[0], text.substr(1));
    return 0;
}
