#include "tools/aihub-keys/presentation.hpp"

#include "shared/base/clock.hpp"
#include "shared/base/money.hpp"
#include "tools/aihub-keys/store.hpp"

namespace aihub::keys {
namespace {

using cli::Cell;
using Fields = std::vector<std::pair<std::string, Cell>>;

Cell seconds_left(const db::ApiKey& key, std::int64_t now_ms) {
    return key.expires_ms == 0 ? Cell::none() : Cell::number((key.expires_ms - now_ms) / 1000);
}

void append(Fields& fields, const Fields& more) {
    fields.insert(fields.end(), more.begin(), more.end());
}

Fields limit_fields(const db::Limits& limits) {
    return {{"requests_per_minute", number_cell(limits.requests_per_minute)},
            {"tokens_per_minute", number_cell(limits.tokens_per_minute)},
            {"max_concurrent", number_cell(limits.max_concurrent)}};
}

// What JSON has above the columns that people see.
Fields further_fields(const db::ApiKey& key, std::int64_t now_ms) {
    Fields fields{{"kind", key.kind}, {"models", Cell::list(key.models)}};
    append(fields, limit_fields(key.limits));
    append(fields, {{"budget", money_cell(key.budget_micro)},
                    {"spent", money_cell(key.spent_micro)},
                    {"parent", key.parent.empty() ? Cell::none() : Cell(key.parent)},
                    {"expires_in_s", seconds_left(key, now_ms)}});
    return fields;
}

std::vector<Cell> row_of(const db::ApiKey& key) {
    return {key.id,
            key.user,
            key.name,
            key.hint,
            key.tier,
            Cell::time(key.created_ms),
            Cell::time(key.expires_ms),
            Cell::time(key.last_used_ms),
            Cell::time(key.revoked_ms)};
}

cli::Record made_record(const db::MadeKey& made) {
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

std::string line_of(const cli::Output& out, const std::string& lead, const db::MadeKey& made) {
    return out.wants_json() ? cli::render(made_record(made), cli::Format::json) : lead + made.token + "\n";
}

Result<void> show_token(cli::Output& out, const std::string& line) {
    out.write(line);
    Result<void> shown = out.finish();
    if (shown) return shown;
    return Error(shown.error().code, shown.error().message, "nothing was changed: nobody has seen the token");
}

Error not_in_force(const Error& why) {
    return Error(why.code, why.message, "the token that was printed is worthless; try again");
}

}  // namespace

Cell money_cell(std::int64_t micro) {
    return format_money(micro);
}

Cell money_cell(const std::optional<std::int64_t>& micro) {
    return micro ? money_cell(*micro) : Cell::none();
}

Cell number_cell(const std::optional<std::int64_t>& number) {
    return number ? Cell::number(*number) : Cell::none();
}

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
                      {"last_used", "Last used"},
                      {"revoked", "Revoked"}}};
    if (for_json)
        for (const auto& [name, cell] : further_fields(db::ApiKey(), now_ms))
            table.columns.push_back({name, name});
    for (const db::ApiKey& key : keys) {
        table.rows.push_back(row_of(key));
        if (!for_json) continue;
        for (const auto& [name, cell] : further_fields(key, now_ms)) table.rows.back().push_back(cell);
    }
    return table;
}

cli::Record key_record(const db::ApiKey& key, const db::User& user, std::int64_t now_ms) {
    Fields fields{{"id", key.id},
                  {"user", key.user},
                  {"name", key.name},
                  {"hint", key.hint},
                  {"tier", key.tier},
                  {"balance", money_cell(user.balance_micro)},
                  {"active", Cell::boolean(user.active)},
                  {"created", Cell::time(key.created_ms)},
                  {"expires", Cell::time(key.expires_ms)},
                  {"last_used", Cell::time(key.last_used_ms)},
                  {"revoked", Cell::time(key.revoked_ms)}};
    append(fields, further_fields(key, now_ms));
    bool overlaps = key.previous_until_ms > now_ms;
    append(fields, {{"previous_hint", overlaps ? Cell(key.previous_hint) : Cell::none()},
                    {"previous_until", Cell::time(overlaps ? key.previous_until_ms : 0)}});
    return {"aihub.key/1", fields};
}

cli::Table users_table(const std::vector<db::User>& users) {
    cli::Table table{"aihub.users/1",
                     "users",
                     {{"user", "User"},
                      {"email", "E-mail"},
                      {"tier", "Tier"},
                      {"balance", "Balance"},
                      {"active", "Active"},
                      {"keys", "Keys"},
                      {"requests", "Requests"},
                      {"created", "Created"}}};
    for (const db::User& user : users)
        table.rows.push_back({user.name, user.email.empty() ? Cell::none() : Cell(user.email), user.tier,
                              money_cell(user.balance_micro), Cell::boolean(user.active),
                              Cell::number(user.key_count), Cell::number(user.total_usage),
                              Cell::time(user.created_ms)});
    return table;
}

cli::Record user_record(const db::User& user) {
    Fields fields{{"user", user.name},
                  {"user_id", Cell::number(user.id)},
                  {"email", user.email.empty() ? Cell::none() : Cell(user.email)},
                  {"tier", user.tier},
                  {"balance", money_cell(user.balance_micro)},
                  {"active", Cell::boolean(user.active)},
                  {"keys", Cell::number(user.key_count)},
                  {"requests", Cell::number(user.total_usage)},
                  {"created", Cell::time(user.created_ms)}};
    append(fields, limit_fields(user.limits));
    return {"aihub.user/1", fields};
}

std::string end_in_words(std::int64_t expires_ms) {
    return expires_ms == 0 ? "never" : utc_iso8601(expires_ms);
}

std::string pair_of(const std::string& user, const std::string& name) {
    return user + " with API " + name;
}

Error in_older_words(const Error& error, const db::NewKey& wanted) {
    if (error.code != ErrorCode::conflict) return error;
    return Error(error.code, "User " + pair_of(wanted.user, wanted.name) + " already exists.");
}

Result<db::MadeKey> make_and_show(cli::Output& out, const std::string& lead, const MakeKey& make) {
    bool shown = false;
    out.wait_for_room();
    Result<db::MadeKey> made = make([&](const db::MadeKey& key) {
        std::string line = line_of(out, lead, key);
        line.pop_back();
        Result<void> done = show_token(out, line);
        shown = bool(done);
        return done;
    });
    if (made || (shown && out.is_terminal())) out.line("");
    if (made || !shown) return made;
    return not_in_force(made.error());
}

}  // namespace aihub::keys
