#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/expiry.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

struct RotateOptions {
    std::string target;
    std::string grace = "24h";
};

std::string fate_of_the_old(const db::ApiKey& key) {
    return key.previous_until_ms > now_ms() ? "the old one works until " + utc_iso8601(key.previous_until_ms)
                                            : "the old one works no longer";
}

Result<void> rotate(const cli::Tool& tool, const RotateOptions& options, cli::Output& out) {
    Result<std::int64_t> grace = parse_span("--grace", options.grace);
    if (!grace) return grace.error();
    Result<db::Database> db = open_existing(tool);
    if (!db) return db.error();
    std::int64_t until = *grace == 0 ? 0 : now_ms() + *grace;
    Result<db::MadeKey> made = make_and_show(out, "", [&](const db::HandOver& hand_over) {
        return db::rotate_key(*db, options.target, until, actor(), hand_over);
    });
    if (!made) return made.error();
    if (!out.wants_json())
        out.note("new token of " + made->key.user + "/" + made->key.name +
                 ", shown this once: " + fate_of_the_old(made->key));
    return {};
}

}  // namespace

void add_rotate_command(cli::Tool& tool) {
    auto options = std::make_shared<RotateOptions>();
    cli::Command& command = tool.command("rotate", "give a key a new token; the old one works on a while");
    command.positional("ID|USER/NAME", options->target, "the key");
    command.option("--grace", "24h|0", options->grace, "how long the old token still works (default: 24h)");
    command.example("aihub-keys rotate bob/laptop", "print a new token; the old one ends tomorrow");
    command.example("aihub-keys rotate bob/laptop --grace 0", "the old one has leaked: it ends now");
    command.run([&tool, options](cli::Output& out) { return rotate(tool, *options, out); });
}

}  // namespace aihub::keys
