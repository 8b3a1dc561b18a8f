// The stores that people bring keys from, and what their rows mean. Each reader is pure; find_source() tells
// them apart.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/keys.hpp"
#include "tools/aihub-keys/import/rows.hpp"

namespace aihub::keys {

// The tables of a database, or one table without a name.
using Tables = std::map<std::string, Rows>;

// Keys that do not come along, each with the reason.
struct LeftOut {
    std::string what;  // "bob/laptop (row 3)"
    std::string why;   // "it is disabled"
};

struct Import {
    std::vector<db::ImportedKey> keys;
    std::vector<LeftOut> left_out;
};

struct Source {
    std::string_view name;  // of --from
    std::string_view what;  // for people
    bool (*fits)(const Tables& tables);
    // invalid_input says which row is wrong: then nothing is imported.
    Result<Import> (*read)(const Tables& tables, const std::string& tier);
};

const std::vector<Source>& sources();

// By its name (empty: by what the tables look like). invalid_input when it is none, or does not fit.
Result<const Source*> find_source(const std::string& name, const Tables& tables);

// One file a source.
Result<Import> read_own(const Tables& tables, const std::string& tier);
Result<Import> read_litellm(const Tables& tables, const std::string& tier);
Result<Import> read_one_api(const Tables& tables, const std::string& tier);
Result<Import> read_tokens_db(const Tables& tables, const std::string& tier);
Result<Import> read_gateway_db(const Tables& tables, const std::string& tier);

}  // namespace aihub::keys
