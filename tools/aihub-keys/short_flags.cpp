#include <cstdio>
#include <memory>
#include <string>

#include "shared/base/strings.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/export.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct ShortFlags {
    std::vector<std::string> generate;  // USER [NAME]
    bool list = false;
    std::vector<std::string> remove;  // USER NAME
    std::optional<std::string> file;

    int given() const {
        return int{!generate.empty()} + int{list} + int{!remove.empty()} + int{file.has_value()};
    }
};

Result<void> generate(const cli::Tool& tool, const std::vector<std::string>& words, cli::Output& out) {
    db::NewKey wanted;
    wanted.user = words[0];
    wanted.tier = default_tier(tool);
    if (words.size() > 1) wanted.name = words[1];
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    std::string lead = "Generated token for " + pair_of(wanted.user, wanted.name) + ": ";
    Result<db::MadeKey> made = make_and_show(out, lead, [&](const db::HandOver& hand_over) {
        return db::make_key(*db, wanted, actor(), hand_over);
    });
    return made ? Result<void>() : in_older_words(made.error(), wanted);
}

Result<void> list(const cli::Tool& tool, cli::Output& out) {
    Result<std::vector<db::ApiKey>> keys = live_keys(tool);
    if (!keys) return keys.error();
    if (keys->empty() && !out.wants_json())
        out.line("No users found.");
    else
        out.print(seed_table(*keys));
    return {};
}

Result<db::ApiKey> revoke(const cli::Tool& tool, const std::string& user, const std::string& name) {
    Result<db::Database> db = open_existing(tool);
    if (!db) return db.error();
    return db::revoke_key(*db, user, name, actor());
}

Result<void> remove(const cli::Tool& tool, const std::string& user, const std::string& name,
                    cli::Output& out) {
    Result<db::ApiKey> revoked = revoke(tool, user, name);
    if (!revoked && revoked.error().code == ErrorCode::not_found)
        return Error(ErrorCode::not_found, "No such pair: User " + pair_of(user, name));
    if (!revoked) return revoked.error();
    if (out.wants_json())
        out.print(seed_table({*revoked}));
    else
        out.line("Deleted token for " + pair_of(user, name) + ".");
    return {};
}

// Replaces what is there, as the scripts that use it expect.
Result<void> write_users(const cli::Tool& tool, const std::string& file, cli::Output& out) {
    Result<std::vector<db::ApiKey>> keys = live_keys(tool);
    if (!keys) return keys.error();
    if (keys->empty()) return out.line("No users found to export."), Result<void>();
    Result<void> written = write_export(file, seed_csv(*keys), true);
    if (!written) return written;
    return out.line("Users exported successfully to " + printable(file)), Result<void>();
}

Result<void> run(const cli::Tool& tool, const ShortFlags& flags, const cli::Action& otherwise,
                 cli::Output& out) {
    if (flags.given() > 1)
        return Error(ErrorCode::invalid_input, "-g, -l, -d and -e exclude one another", "give one of them");
    if (!flags.generate.empty()) return generate(tool, flags.generate, out);
    if (flags.list) return list(tool, out);
    if (!flags.remove.empty()) return remove(tool, flags.remove[0], flags.remove[1], out);
    if (flags.file) return write_users(tool, *flags.file, out);
    return otherwise(out);
}

}  // namespace

Result<void> show_usage(const cli::Tool& tool) {
    std::fputs(tool.usage().c_str(), stderr);
    return Error(ErrorCode::no_terminal, "no command was given", "name one of those above");
}

void add_short_flags(cli::Tool& tool, cli::Action otherwise) {
    auto flags = std::make_shared<ShortFlags>();
    tool.root().values("-g", "USER [NAME]", flags->generate, 1, 2,
                       "make a key (as add), and say so in a sentence");
    tool.root().flag("-l", flags->list, "list all keys in a table with lines");
    tool.root().values("-d", "USER NAME", flags->remove, 2, 2, "delete a key without asking");
    tool.root().option("-e", "FILE.csv", flags->file, "write all keys to a file, replacing it");
    tool.root().run([&tool, flags, otherwise = std::move(otherwise)](cli::Output& out) {
        return run(tool, *flags, otherwise, out);
    });
}

}  // namespace aihub::keys
