#include <optional>
#include <string>

#include "tools/aihub-keys/menu/desk.hpp"
#include "tools/aihub-keys/presentation.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

Result<db::MadeKey> make(const cli::Tool& tool, const db::NewKey& wanted) {
    Result<db::Database> db = open_for_writing(tool);
    if (!db) return db.error();
    Result<db::MadeKey> made = db::make_key(*db, wanted, actor());
    return made ? made : in_older_words(made.error(), wanted);
}

std::string sentence_about(const db::MadeKey& made) {
    const std::string& user = made.key.user;
    std::string sentence = "Generated token for " + pair_of(user, made.key.name) + ".";
    if (made.new_user)
        sentence +=
            " " + user + " is a new user of tier " + made.key.tier +
            (made.key.tier == "payg" ? "; credit comes with: aihub-keys balance add " + user + " AMOUNT"
                                     : "");
    return sentence;
}

}  // namespace

void generate_token(Desk& desk) {
    db::NewKey wanted;
    std::optional<std::string> user = desk.dialog.ask({"Enter the username:"});
    if (!user) return;
    std::optional<std::string> name = desk.dialog.ask({"Enter the API key name:", wanted.name});
    if (!name) return;
    wanted.user = *user;
    wanted.tier = default_tier(desk.tool);
    wanted.name = *name;
    Result<db::MadeKey> made = make(desk.tool, wanted);
    if (!made) return desk.failed(made.error());
    desk.dialog.show_secret("The token for " + pair_of(*user, *name) + ":", made->token,
                            "It is shown this once. Keep it, then press a key.");
    desk.did(sentence_about(*made));
}

}  // namespace aihub::keys
