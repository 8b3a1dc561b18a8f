#include "tools/aihub-keys/presentation.hpp"

#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

using cli::Cell;

Cell seconds_left(const db::ApiKey& key, std::int64_t now_ms) {
    return key.expires_ms == 0 ? Cell::none() : Cell::number((key.expires_ms - now_ms) / 1000);
}

std::vector<Cell> row_of(const db::ApiKey& key) {
    return {key.id,
            key.user,
            key.name,
            key.hint,
            key.tier,
            Cell::time(key.created_ms),
            Cell::time(key.expires_ms),
            Cell::time(key.revoked_ms)};
}

cli::Record record_of(const db::MadeKey& made) {
    const db::ApiKey& key = made.key;
    return {"aihub.key/1",
            {{"token", made.token},
             {"id", key.id},
             {"user", key.user},
             {"name", key.name},
             {"hint", key.hint},
             {"tier", key.tier},
             {"created", Cell::time(key.created_ms)},
             {"expires", Cell::time(key.expires_ms)}}};
}

Error not_handed_over(db::Database& db, const db::MadeKey& made, const Error& why) {
    Result<db::ApiKey> revoked = db::revoke_key(db, made.key.id, this_user());
    return Error(why.code, why.message,
                 revoked ? "the key was revoked again, because nobody has seen it"
                         : "delete the key that nobody has seen with: aihub-keys delete " + made.key.id);
}

}  // namespace

cli::Table keys_table(const std::vector<db::ApiKey>& keys, std::int64_t now_ms, bool for_json) {
    cli::Table table{"aihub.keys/1",
                     "keys",
                     {{"id", "ID"},
                      {"user", "User"},
                      {"name", "Name"},
                      {"hint", "Token"},
                      {"tier", "Tier"},
                      {"created", "Created"},
                      {"expires", "Expires"},
                      {"revoked", "Revoked"}}};
    if (for_json) table.columns.push_back({"expires_in_s", "Expires in"});
    for (const db::ApiKey& key : keys) {
        table.rows.push_back(row_of(key));
        if (for_json) table.rows.back().push_back(seconds_left(key, now_ms));
    }
    return table;
}

Result<void> hand_over(cli::Output& out, db::Database& db, const db::MadeKey& made, const std::string& text) {
    if (out.wants_json())
        out.print(record_of(made));
    else
        out.line(text);
    Result<void> written = out.finish();
    if (!written) return not_handed_over(db, made, written.error());
    return {};
}

}  // namespace aihub::keys
