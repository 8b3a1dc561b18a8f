#include <map>

#include "shared/base/clock.hpp"
#include "shared/db/account_names.hpp"
#include "shared/db/audit_row.hpp"
#include "shared/db/key_make.hpp"
#include "shared/db/key_rows.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/model_globs.hpp"
#include "shared/db/transaction.hpp"
#include "shared/db/user_rows.hpp"

namespace aihub::db {
namespace {

// Others wait while a store of many thousand keys is imported, so all statements are prepared once.
class Import {
public:
    static Result<Import> begin(sqlite3* handle, const Actor& actor);

    Result<void> add(const ImportedKey& key);
    const ImportOutcome& outcome() const { return outcome_; }

private:
    struct Statements {
        Statement known;
        Statement named;
        Statement insert;
        Statement owner;
        Statement switch_off;
        NewUsers users;
        AuditRows audit;
    };

    explicit Import(Statements statements) : statements_(std::move(statements)) {}

    Result<bool> is_known(const ImportedKey& key);
    Result<std::int64_t> owner_of(const ImportedKey& key);
    Result<std::int64_t> make_owner(const ImportedKey& key);
    Result<std::string> free_name(std::int64_t user_id, const std::string& name);
    Result<void> store(const ImportedKey& key, std::int64_t user_id, const std::string& name);

    Statements statements_;
    std::int64_t now_ = now_ms();
    std::map<std::string, std::int64_t> owners_;
    std::map<std::pair<std::int64_t, std::string>, int> last_number_;  // that a name of a user was given
    ImportOutcome outcome_;
};

Result<Import> Import::begin(sqlite3* handle, const Actor& actor) {
    Result<Statement> known =
        Statement::prepare(handle, "SELECT 1 FROM keys WHERE hash = ?1 OR previous_hash = ?1");
    if (!known) return known.error();
    Result<Statement> named = Statement::prepare(
        handle, "SELECT 1 FROM keys WHERE user_id = ? AND name = ? AND revoked_ms IS NULL");
    if (!named) return named.error();
    Result<Statement> insert = Statement::prepare(
        handle,
        "INSERT INTO keys (hash, handle, name, hint, kind, user_id, created_ms, expires_ms, models, "
        "requests_per_minute, tokens_per_minute, max_concurrent, budget_micro, spent_micro) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, ''), ?, ?, ?, ?, ?)");
    if (!insert) return insert.error();
    Result<Statement> owner = Statement::prepare(handle, "SELECT id FROM users WHERE name = ?");
    if (!owner) return owner.error();
    Result<Statement> switch_off = Statement::prepare(handle, "UPDATE users SET active = 0 WHERE id = ?");
    if (!switch_off) return switch_off.error();
    Result<NewUsers> users = NewUsers::prepare(handle, actor);
    if (!users) return users.error();
    Result<AuditRows> audit = AuditRows::prepare(handle, actor);
    if (!audit) return audit.error();
    return Import({std::move(*known), std::move(*named), std::move(*insert), std::move(*owner),
                   std::move(*switch_off), std::move(*users), std::move(*audit)});
}

Result<void> check_key(const ImportedKey& key) {
    Result<void> checked = check_user_name(key.user);
    if (checked) checked = check_key_name(key.name);
    if (checked) checked = check_terms(key.models, key.limits, key.budget_micro);
    if (checked && key.kind != "user" && key.kind != "admin" && key.kind != "worker")
        return Error(ErrorCode::invalid_input, "a key is of kind user, admin or worker");
    if (!checked || key.spent_micro >= 0) return checked;
    return Error(ErrorCode::invalid_input, "what a key has spent cannot be below 0");
}

Result<bool> Import::is_known(const ImportedKey& key) {
    Result<std::optional<std::int64_t>> known = statements_.known.run_for_integer(key.hash);
    if (!known) return known.error();
    return known->has_value();
}

Result<std::int64_t> Import::make_owner(const ImportedKey& key) {
    NewUser wanted;
    wanted.name = key.user;
    wanted.email = key.email;
    wanted.tier = key.tier;
    wanted.balance_micro = key.balance_micro;
    Result<User> made = statements_.users.add(wanted, now_);
    if (!made) return made.error();
    ++outcome_.users;
    if (key.user_active) return made->id;
    Result<void> switched_off = statements_.switch_off.run(made->id);
    if (!switched_off) return switched_off.error();
    return made->id;
}

Result<std::int64_t> Import::owner_of(const ImportedKey& key) {
    auto known = owners_.find(key.user);
    if (known != owners_.end()) return known->second;
    Result<std::optional<std::int64_t>> found = statements_.owner.run_for_integer(key.user);
    if (!found) return found.error();
    Result<std::int64_t> id = *found ? Result<std::int64_t>(**found) : make_owner(key);
    if (id) owners_[key.user] = *id;
    return id;
}

Result<std::string> Import::free_name(std::int64_t user_id, const std::string& name) {
    int& number = last_number_[{user_id, name}];
    for (;;) {
        std::string candidate = ++number == 1 ? name : name + " " + std::to_string(number);
        Result<std::optional<std::int64_t>> taken = statements_.named.run_for_integer(user_id, candidate);
        if (!taken) return taken.error();
        if (!*taken) return candidate;
    }
}

Result<void> Import::store(const ImportedKey& key, std::int64_t user_id, const std::string& name) {
    std::int64_t created = key.created_ms == 0 ? now_ : key.created_ms;
    std::string id = handle_of(key.hash);
    std::string models = join_globs(key.models);
    const Limits& limits = key.limits;
    Result<void> stored =
        statements_.insert.run(key.hash, id, name, key.hint, key.kind, user_id, created, key.expires_ms,
                               models, limits.requests_per_minute, limits.tokens_per_minute,
                               limits.max_concurrent, key.budget_micro, key.spent_micro);
    if (!stored) return stored;
    ++outcome_.keys;
    Detail detail;
    detail.add("id", id);
    return statements_.audit.add("key.import", key.user + "/" + name, detail.json());
}

Result<void> Import::add(const ImportedKey& key) {
    Result<void> possible = check_key(key);
    if (!possible) return possible;
    Result<bool> known = is_known(key);
    if (!known) return known.error();
    if (*known) return ++outcome_.present, Result<void>();
    Result<std::int64_t> user_id = owner_of(key);
    if (!user_id) return user_id.error();
    Result<std::string> name = free_name(*user_id, key.name);
    if (!name) return name.error();
    return store(key, *user_id, *name);
}

// Everybody else waits for a large import. Hashes come in no order, so their indexes are written all over:
// with the usual cache their pages would be written and read again many times before the commit. And what
// each row may have to undo would go through a temporary file: 13 writes a row.
constexpr const char* in_memory = R"sql(
PRAGMA cache_size = -65536;
PRAGMA temp_store = MEMORY;
)sql";

Error numbered(const Error& error, std::size_t number) {
    return Error(error.code, "key " + std::to_string(number) + ": " + error.message, error.hint);
}

}  // namespace

Result<ImportOutcome> import_keys(Database& db, const std::vector<ImportedKey>& keys, const Actor& actor) {
    Result<void> prepared = execute_script(db.handle(), in_memory);
    if (!prepared) return prepared.error();
    return in_transaction(db.handle(), [&]() -> Result<ImportOutcome> {
        Result<Import> import = Import::begin(db.handle(), actor);
        if (!import) return import.error();
        std::size_t number = 0;
        for (const ImportedKey& key : keys) {
            Result<void> added = import->add(key);
            ++number;
            if (!added) return numbered(added.error(), number);
        }
        return import->outcome();
    });
}

}  // namespace aihub::db
