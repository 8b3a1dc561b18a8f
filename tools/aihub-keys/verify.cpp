#include <unistd.h>

#include <memory>
#include <string>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "shared/cli/prompt.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/tokens.hpp"
#include "tools/aihub-keys/commands.hpp"
#include "tools/aihub-keys/patient_input.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

constexpr std::size_t longest_token = 4096;

struct VerifyOptions {
    std::optional<std::string> source;
    std::string wait = "3s";
};

bool is_plain(std::string_view token) {
    for (char c : token)
        if (c <= ' ' || c > '~') return false;
    return true;
}

Result<std::string> read_token(const VerifyOptions& options) {
    bool asks = !options.source && cli::can_ask();
    Result<std::string> text =
        asks ? ask_unseen("token: ") : read_stdin("token", options.wait, Amount::one_line, longest_token);
    if (!text) return text;
    return std::string(trim(text->substr(0, text->find_first_of("\r\n"))));
}

// What can be said of a token without a look at the database.
Result<void> check_form(const std::string& token) {
    if (token.empty())
        return Error(ErrorCode::invalid_input, "there is no token on stdin",
                     "pipe one in: printf %s \"$KEY\" | aihub-keys verify");
    if (!is_plain(token))
        return Error(ErrorCode::invalid_input,
                     "this is no token: it has blanks or other bytes that no token has",
                     "pipe in the token alone");
    if (crypto::inspect_token(token) == crypto::TokenForm::damaged)
        return Error(ErrorCode::invalid_input, "this token is mistyped or cut off: its checksum is wrong",
                     "copy it again");
    return {};
}

Error refused(const std::string& why, const std::string& hint) {
    return Error(ErrorCode::unauthorized, why, hint);
}

std::string called(const db::ApiKey& key) {
    return "the key " + key.user + "/" + key.name + " (" + key.id + ")";
}

Result<void> check_key(const db::KnownToken& found, std::int64_t now) {
    const db::ApiKey& key = found.key;
    if (key.revoked_ms != 0)
        return refused(called(key) + " was deleted at " + utc_iso8601(key.revoked_ms), "make another");
    if (found.previous && found.expires_ms <= now)
        return refused("this token of " + called(key) + " was replaced by a newer one", "use that");
    if (found.expires_ms != 0 && found.expires_ms <= now)
        return refused(called(key) + " expired at " + utc_iso8601(key.expires_ms),
                       "make another, or: aihub-keys change " + key.id + " --expires 30d");
    if (!found.user_active)
        return refused("the user " + key.user + " is disabled", "aihub-keys user enable " + key.user);
    return {};
}

Result<void> verify(const cli::Tool& tool, const VerifyOptions& options, cli::Output& out) {
    if (options.source && *options.source != "-")
        return Error(ErrorCode::invalid_input,
                     "a token on the command line is seen by everybody on this machine",
                     "pipe it in: printf %s \"$KEY\" | aihub-keys verify");
    Result<std::string> token = read_token(options);
    if (!token) return token.error();
    Result<void> formed = check_form(*token);
    if (!formed) return formed;
    Result<std::optional<db::Database>> db = open_for_reading(tool);
    if (!db) return db.error();
    Error unknown = refused("nobody has this token", "aihub-keys list shows the keys there are");
    if (!*db) return unknown;
    Result<db::KnownToken> found = db::find_token(**db, crypto::sha256(*token));
    if (!found) return found.error().code == ErrorCode::not_found ? unknown : found.error();
    Result<void> valid = check_key(*found, now_ms());
    if (!valid) return valid;
    Result<db::User> user = db::find_user(**db, found->key.user);
    if (!user) return user.error();
    out.print(key_record(found->key, *user, now_ms()));
    return {};
}

}  // namespace

void add_verify_command(cli::Tool& tool) {
    auto options = std::make_shared<VerifyOptions>();
    cli::Command& command = tool.command("verify", "whose token this is, and whether it works");
    command.positional("SOURCE", options->source, "-: read stdin, also where it is a terminal");
    add_wait_option(command, options->wait);
    command.example("printf %s \"$KEY\" | aihub-keys verify", "exit code 0: it works, 4: it does not");
    command.run([&tool, options](cli::Output& out) { return verify(tool, *options, out); });
}

}  // namespace aihub::keys
