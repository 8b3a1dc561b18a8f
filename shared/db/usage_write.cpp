#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>

#include "shared/db/failure.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"
#include "shared/db/usage.hpp"

namespace aihub::db {
namespace {

constexpr std::int64_t hour = 3'600'000;

std::int64_t stored(std::int64_t count) {
    return std::clamp<std::int64_t>(count, 0, most_of_a_row);
}

// Whose sums a row belongs to. The text is the row's, which outlives the call.
struct SumOf {
    std::int64_t user_id;
    std::int64_t hour_ms;
    std::int64_t key_row;
    std::string_view model;

    bool operator==(const SumOf&) const = default;
};

struct HashOfSum {
    std::size_t operator()(const SumOf& sum) const {
        auto number = static_cast<std::uint64_t>(sum.user_id * 31 + sum.key_row * 7 + sum.hour_ms / hour);
        return std::hash<std::string_view>()(sum.model) ^ (number * 0x9E3779B97F4A7C15);
    }
};

struct Sum {
    std::int64_t requests = 0;
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;
    std::int64_t cost_micro = 0;
    std::int64_t charged_micro = 0;
    std::int64_t latency_ms = 0;
    std::int64_t last_ms = 0;
};

using Sums = std::unordered_map<SumOf, Sum, HashOfSum>;

void add_to(Sums& sums, const Usage& row) {
    std::int64_t cost = stored(row.cost_micro);
    Sum& sum = sums[SumOf{row.user_id, row.at_ms - row.at_ms % hour, row.key_row, row.texts.model()}];
    ++sum.requests;
    sum.tokens_in += stored(row.tokens_in);
    sum.tokens_out += stored(row.tokens_out);
    sum.cost_micro += cost;
    sum.charged_micro += row.charged ? cost : 0;
    sum.latency_ms += stored(row.latency_ms);
    sum.last_ms = std::max(sum.last_ms, row.at_ms);
}

auto values_of(const Usage& row) {
    const UsageTexts& texts = row.texts;
    std::optional<std::int64_t> ttft = row.ttft_ms < 0 ? std::nullopt : std::optional(stored(row.ttft_ms));
    return std::tuple(row.id, texts.request_id(), row.at_ms, row.user_id, row.key_row, texts.user(),
                      texts.model(), texts.service(), texts.path(), std::int64_t{row.status},
                      stored(row.tokens_in), stored(row.tokens_out), stored(row.audio_ms),
                      stored(row.characters), std::int64_t{row.estimated}, stored(row.cost_micro),
                      std::int64_t{row.charged}, stored(row.latency_ms), ttft);
}

// A statement for many rows costs three quarters of as many statements.
constexpr std::size_t rows_at_once = 16;

std::string insert_of(std::size_t rows) {
    std::string sql = "INSERT INTO usage VALUES ";
    for (std::size_t i = 0; i < rows; ++i)
        sql.append(i == 0 ? "" : ", ").append("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    return sql;
}

// Those that were new, and only those, are added to the sums: what is charged is charged once.
Result<void> insert_each(Database& db, std::span<const Usage> rows, Sums& sums) {
    static const std::string sql = insert_of(1) + " ON CONFLICT (id) DO NOTHING";
    Result<Statement*> insert = db.kept(sql);
    if (!insert) return insert.error();
    for (const Usage& row : rows) {
        Result<void> inserted = (*insert)->run_for_rows(std::span(&row, 1), values_of);
        if (!inserted) return inserted;
        if (changed_rows(db.handle()) > 0) add_to(sums, row);
    }
    return {};
}

// Nearly always all of them are new. If one is not, the statement has done nothing.
Result<void> insert_together(Database& db, std::span<const Usage> rows, Sums& sums) {
    static const std::string sql = insert_of(rows_at_once);
    Result<Statement*> insert = db.kept(sql);
    if (!insert) return insert.error();
    Result<void> inserted = (*insert)->run_for_rows(rows, values_of);
    if (!inserted) return failed_by_constraint(db.handle()) ? insert_each(db, rows, sums) : inserted;
    for (const Usage& row : rows) add_to(sums, row);
    return {};
}

Result<Sums> insert_rows(Database& db, std::span<const Usage> rows) {
    Sums sums;
    Result<void> done;
    for (; done && rows.size() >= rows_at_once; rows = rows.subspan(rows_at_once))
        done = insert_together(db, rows.first(rows_at_once), sums);
    if (done) done = insert_each(db, rows, sums);
    if (!done) return done.error();
    return sums;
}

Result<void> add_to_hours(Database& db, const Sums& sums) {
    Result<Statement*> add = db.kept(
        "INSERT INTO usage_hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "requests = requests + excluded.requests, tokens_in = tokens_in + excluded.tokens_in, "
        "tokens_out = tokens_out + excluded.tokens_out, cost_micro = cost_micro + excluded.cost_micro, "
        "latency_ms = latency_ms + excluded.latency_ms");
    if (!add) return add.error();
    for (const auto& [of, sum] : sums) {
        Result<void> added = (*add)->run(of.user_id, of.hour_ms, of.key_row, of.model, sum.requests,
                                         sum.tokens_in, sum.tokens_out, sum.cost_micro, sum.latency_ms);
        if (!added) return added;
    }
    return {};
}

Result<void> charge_users(Database& db, const Sums& sums) {
    std::map<std::int64_t, std::int64_t> charges;
    for (const auto& [of, sum] : sums)
        if (sum.charged_micro != 0) charges[of.user_id] += sum.charged_micro;
    Result<Statement*> charge = db.kept("UPDATE users SET balance_micro = balance_micro - ? WHERE id = ?");
    if (!charge) return charge.error();
    for (const auto& [user_id, cost] : charges) {
        Result<void> charged = (*charge)->run(cost, user_id);
        if (!charged) return charged;
    }
    return {};
}

struct KeyUse {
    std::int64_t cost_micro = 0;
    std::int64_t last_ms = 0;
};

using KeyUses = std::map<std::int64_t, KeyUse>;

KeyUses uses_of(const Sums& sums) {
    KeyUses uses;
    for (const auto& [of, sum] : sums) {
        KeyUse& use = uses[of.key_row];
        use.cost_micro += sum.cost_micro;
        use.last_ms = std::max(use.last_ms, sum.last_ms);
    }
    uses.erase(0);  // keys of the settings
    return uses;
}

// A delegated key spends from all above it, too.
Result<KeyUses> with_parents(Database& db, const KeyUses& own) {
    Result<Statement*> parent = db.kept("SELECT parent_id FROM keys WHERE id = ?");
    if (!parent) return parent.error();
    KeyUses uses = own;
    for (const auto& [key_row, use] : own) {
        Result<std::optional<std::int64_t>> above = (*parent)->run_for_integer(key_row);
        while (above && above->value_or(0) != 0) {
            uses[**above].cost_micro += use.cost_micro;
            above = (*parent)->run_for_integer(**above);
        }
        if (!above) return above.error();
    }
    return uses;
}

Result<void> charge_keys(Database& db, const Sums& sums) {
    Result<KeyUses> uses = with_parents(db, uses_of(sums));
    if (!uses) return uses.error();
    Result<Statement*> charge = db.kept(
        "UPDATE keys SET spent_micro = spent_micro + ?1, "
        "last_used_ms = nullif(max(coalesce(last_used_ms, 0), ?2), 0) WHERE id = ?3");
    if (!charge) return charge.error();
    for (const auto& [key_row, use] : *uses) {
        Result<void> charged = (*charge)->run(use.cost_micro, use.last_ms, key_row);
        if (!charged) return charged;
    }
    return {};
}

std::int64_t requests_in(const Sums& sums) {
    std::int64_t requests = 0;
    for (const auto& [of, sum] : sums) requests += sum.requests;
    return requests;
}

}  // namespace

UsageTexts::UsageTexts(std::string_view request_id, std::string_view user, std::string_view model,
                       std::string_view service, std::string_view path) {
    std::array parts = {request_id, user, model, service, path};
    std::size_t size = 0;
    for (std::string_view part : parts) size += part.size();
    all_.reserve(size);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        all_.append(parts[i]);
        ends_[i] = static_cast<std::uint32_t>(all_.size());
    }
}

Result<std::int64_t> write_usage(Database& db, std::span<const Usage> rows) {
    return in_transaction(db.handle(), [&]() -> Result<std::int64_t> {
        Result<Sums> sums = insert_rows(db, rows);
        if (!sums) return sums.error();
        Result<void> done = add_to_hours(db, *sums);
        if (done) done = charge_users(db, *sums);
        if (done) done = charge_keys(db, *sums);
        if (!done) return done.error();
        return requests_in(*sums);
    });
}

Result<std::int64_t> next_writer_number(Database& db) {
    return in_transaction(db.handle(), [&]() -> Result<std::int64_t> {
        Result<std::optional<std::int64_t>> number = select_integer(
            db.handle(), "UPDATE counters SET usage_writers = usage_writers + 1 RETURNING usage_writers");
        if (!number) return number.error();
        return number->value_or(0);
    });
}

}  // namespace aihub::db
