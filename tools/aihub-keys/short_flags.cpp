#include <cstdio>
#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct ShortFlags {
    std::vector<std::string> generate;  // USER [NAME]
    bool list = false;
    std::vector<std::string> remove;  // USER NAME

    int given() const { return int{!generate.empty()} + int{list} + int{!remove.empty()}; }
};

std::string pair_of(const std::string& user, const std::string& name) {
    return user + " with API " + name;
}

Result<void> generate(const cli::Tool& tool, const std::vector<std::string>& words, cli::Output& out) {
    db::NewKey wanted;
    wanted.user = words[0];
    if (words.size() > 1) wanted.name = words[1];
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    Result<db::MadeKey> made = db::make_key(*db, wanted, this_user());
    if (!made && made.error().code == ErrorCode::conflict)
        return Error(ErrorCode::conflict, "User " + pair_of(wanted.user, wanted.name) + " already exists.");
    if (!made) return made.error();
    return hand_over(out, *db, *made,
                     "Generated token for " + pair_of(wanted.user, wanted.name) + ": " + made->token);
}

cli::Table users_table(const std::vector<db::ApiKey>& keys) {
    cli::Table table{"aihub.users/1",
                     "users",
                     {{"user_id", "User ID"},
                      {"user", "User"},
                      {"api_key_name", "API KEY Name"},
                      {"created_at", "Created At"},
                      {"expires_at", "Expires At"},
                      {"token", "Token"}}};
    table.boxed = true;
    auto time = [](std::int64_t ms) { return ms == 0 ? cli::Cell::none() : cli::Cell(utc_iso8601(ms)); };
    for (const db::ApiKey& key : keys)
        table.rows.push_back(
            {key.id, key.user, key.name, time(key.created_ms), time(key.expires_ms), key.hint});
    return table;
}

Result<void> list(const cli::Tool& tool, cli::Output& out) {
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    Result<std::vector<db::ApiKey>> keys =
        *db ? db::list_keys(**db) : Result<std::vector<db::ApiKey>>(std::vector<db::ApiKey>());
    if (!keys) return keys.error();
    if (keys->empty() && !out.wants_json())
        out.line("No users found.");
    else
        out.print(users_table(*keys));
    return {};
}

Result<bool> has_store(const cli::Tool& tool) {
    Result<std::optional<db::Database>> found = open_for_reading(tool);
    if (!found) return found.error();
    return found->has_value();
}

Result<db::ApiKey> revoke(const cli::Tool& tool, const std::string& user, const std::string& name) {
    Result<bool> exists = has_store(tool);
    if (!exists) return exists.error();
    if (!*exists) return Error(ErrorCode::not_found, "there are no keys yet");  // and no file shall be made
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    return db::revoke_key(*db, user, name, this_user());
}

Result<void> remove(const cli::Tool& tool, const std::string& user, const std::string& name,
                    cli::Output& out) {
    Result<db::ApiKey> revoked = revoke(tool, user, name);
    if (!revoked && revoked.error().code == ErrorCode::not_found)
        return Error(ErrorCode::not_found, "No such pair: User " + pair_of(user, name));
    if (!revoked) return revoked.error();
    if (out.wants_json())
        out.print(users_table({*revoked}));
    else
        out.line("Deleted token for " + pair_of(user, name) + ".");
    return {};
}

Result<void> show_usage(const cli::Tool& tool) {
    std::fputs(tool.usage().c_str(), stderr);
    return Error(ErrorCode::no_terminal, "no command was given", "name one of those above");
}

Result<void> run(const cli::Tool& tool, const ShortFlags& flags, cli::Output& out) {
    if (flags.given() > 1)
        return Error(ErrorCode::invalid_input, "-g, -l and -d exclude one another", "give one of them");
    if (!flags.generate.empty()) return generate(tool, flags.generate, out);
    if (flags.list) return list(tool, out);
    if (!flags.remove.empty()) return remove(tool, flags.remove[0], flags.remove[1], out);
    return show_usage(tool);
}

}  // namespace

void add_short_flags(cli::Tool& tool) {
    auto flags = std::make_shared<ShortFlags>();
    tool.root().values("-g", "USER [NAME]", flags->generate, 1, 2,
                       "make a key (as add), and say so in a sentence");
    tool.root().flag("-l", flags->list, "list all keys in a table with lines");
    tool.root().values("-d", "USER NAME", flags->remove, 2, 2, "delete a key without asking");
    tool.root().run([&tool, flags](cli::Output& out) { return run(tool, *flags, out); });
}

}  // namespace aihub::keys
