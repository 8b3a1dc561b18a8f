#include "tools/aihub-keys/import/sources.hpp"

#include <algorithm>

namespace aihub::keys {
namespace {

bool has_table(const Tables& tables, const std::string& name, std::initializer_list<const char*> columns) {
    auto table = tables.find(name);
    return table != tables.end() && std::all_of(columns.begin(), columns.end(), [&](const char* column) {
               return table->second.has(column);
           });
}

bool is_own(const Tables& tables) {
    return has_table(tables, "", {"user", "hash"}) || has_table(tables, "", {"user", "token", "name"});
}

// What the table holds besides a token; an export need not have all of its columns.
bool is_litellm(const Tables& tables) {
    if (!has_table(tables, "", {"token"})) return has_table(tables, "LiteLLM_VerificationToken", {"token"});
    const Rows& rows = tables.at("");
    return rows.has("key_alias") || rows.has("key_name") || rows.has("max_budget") || rows.has("user_id");
}

bool is_one_api(const Tables& tables) {
    return has_table(tables, "tokens", {"key", "remain_quota"}) ||
           has_table(tables, "", {"key", "remain_quota"});
}

bool is_tokens_db(const Tables& tables) {
    return has_table(tables, "tokens", {"user", "api_name", "token"});
}

bool is_gateway_db(const Tables& tables) {
    return has_table(tables, "api_keys", {"user_id", "key_hash"}) &&
           has_table(tables, "users", {"id", "email"});
}

std::string names() {
    std::string text;
    for (const Source& source : sources()) text += (text.empty() ? "" : ", ") + std::string(source.name);
    return text;
}

}  // namespace

const std::vector<Source>& sources() {
    static const std::vector<Source> all = {
        {"aihub", "an export of aihub-keys, or a table with user and hash or token", is_own, read_own},
        {"tokens.db", "the tokens.db of AI Gateway", is_tokens_db, read_tokens_db},
        {"gateway.db", "the gateway.db of LLM Gateway", is_gateway_db, read_gateway_db},
        {"one-api", "one-api's database or its table of tokens", is_one_api, read_one_api},
        {"litellm", "LiteLLM's table of verification tokens", is_litellm, read_litellm},
    };
    return all;
}

Result<const Source*> find_source(const std::string& name, const Tables& tables) {
    for (const Source& source : sources()) {
        bool fits = source.fits(tables);
        if (name.empty() ? fits : source.name == name && fits) return &source;
        if (source.name == name)
            return Error(ErrorCode::invalid_input, "this is not " + std::string(source.what),
                         "without --from the file is recognised by itself");
    }
    return Error(ErrorCode::invalid_input, "this is no list of keys that is known here",
                 "name the columns user and hash (or token), or one of --from " + names());
}

}  // namespace aihub::keys
