#include "shared/db/access_events.hpp"

#include <algorithm>
#include <span>
#include <tuple>

#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t most_rows = 8'192;
constexpr std::size_t most_once = 4U * 1024 * 1024;

// A statement for many rows costs less than as many statements.
constexpr std::size_t rows_at_once = 16;

std::string insert_of(std::size_t rows) {
    std::string row = "(NULL";
    for (int column = 1; column < 28; ++column) row += ", ?";
    std::string sql = "INSERT INTO access_rows VALUES ";
    for (std::size_t i = 0; i < rows; ++i) sql.append(i == 0 ? "" : ", ").append(row).append(")");
    return sql;
}

// A server that claims more must not make sums overflow.
constexpr std::int64_t most_of_a_count = 1'000'000'000'000;

std::int64_t stored(std::int64_t count) {
    return std::clamp<std::int64_t>(count, 0, most_of_a_count);
}

TextOrNumber value(const AccessText* text) {
    return text ? TextOrNumber{text->text, text->number} : TextOrNumber{};
}

Result<bool> move_on(Database& db, const AccessSource& before, const AccessSource& after) {
    Result<Statement*> move = db.kept(
        "UPDATE access_sources SET position = ?, prefix_length = ?, prefix_hash = ?, state = ?, lines = ?, "
        "bad_lines = ?, seen_ms = ? "
        "WHERE id = ? AND position = ? AND device = ? AND inode = ? AND prefix_length = ? AND prefix_hash = "
        "? "
        "RETURNING id");
    if (!move) return move.error();
    Result<std::optional<std::int64_t>> moved = (*move)->run_for_integer(
        after.position, after.prefix_length, after.prefix_hash, static_cast<std::int64_t>(after.state),
        after.lines, after.bad_lines, after.seen_ms, before.id, before.position, before.device, before.inode,
        before.prefix_length, before.prefix_hash);
    if (!moved) return moved.error();
    return moved->has_value();
}

}  // namespace

AccessWriter::Part AccessWriter::keep(std::string_view text) {
    Part part{once_.size(), text.size()};
    once_.append(text);
    return part;
}

void AccessWriter::add(const AccessEvent& event) {
    Row row{};
    auto text = [this](std::string_view what) { return texts_.find_or_add(what); };
    row.time_ms = event.time_ms;
    row.remote_addr = text(event.remote_addr);
    row.forwarded_for = event.forwarded_for.empty() ? nullptr : text(event.forwarded_for);
    row.client_ip = event.client_ip == event.remote_addr ? nullptr : text(event.client_ip);
    row.method = text(event.method);
    row.path = text(event.path);
    row.api_key = text(event.api_key);
    row.key_id = event.key_id.empty() ? nullptr : text(event.key_id);
    row.referer = event.referer.empty() ? nullptr : text(event.referer);
    row.user_agent = event.user_agent.empty() ? nullptr : text(event.user_agent);
    row.upstream_addr = event.upstream_addr.empty() ? nullptr : text(event.upstream_addr);
    row.upstream_status = event.upstream_status.empty() ? nullptr : text(event.upstream_status);
    row.user = event.user.empty() ? nullptr : text(event.user);
    row.model = event.model.empty() ? nullptr : text(event.model);
    row.service = event.service.empty() ? nullptr : text(event.service);
    if (event.uri != event.path) row.uri = keep(event.uri);
    row.request_id = keep(event.request_id);
    row.network_scope = event.network_scope;
    row.status = event.status;
    row.flags = event.flags;
    row.request_time_ms = stored(event.request_time_ms);
    row.body_bytes_sent = stored(event.body_bytes_sent);
    row.bytes_sent = stored(event.bytes_sent);
    row.upstream_time_ms = event.upstream_time_ms;
    row.ttft_ms = event.ttft_ms;
    row.tokens_in = event.tokens_in;
    row.tokens_out = event.tokens_out;
    rows_.push_back(row);
    sums_.add({row.time_ms, row.status, row.flags != 0, row.bytes_sent, row.request_time_ms,
               row.client_ip ? row.client_ip : row.remote_addr, row.api_key, row.path});
}

bool AccessWriter::is_full() const {
    return rows_.size() >= most_rows || once_.size() >= most_once || texts_.is_large();
}

void AccessWriter::drop() {
    rows_.clear();
    once_.clear();
    sums_.clear();
    if (texts_.is_large()) texts_.forget();
}

Result<void> AccessWriter::write_rows(Database& db) {
    static const std::string of_many = insert_of(rows_at_once);
    static const std::string of_one = insert_of(1);
    auto once = [this](Part part) {
        return TextOrNumber{std::string_view(once_).substr(part.begin, part.size)};
    };
    auto values_of = [&](const Row& row) {
        return std::tuple(row.time_ms, value(row.remote_addr), value(row.forwarded_for), value(row.client_ip),
                          std::int64_t{row.network_scope}, value(row.method), value(row.path), once(row.uri),
                          std::int64_t{row.status}, row.request_time_ms, row.body_bytes_sent, row.bytes_sent,
                          value(row.api_key), value(row.key_id), value(row.referer), value(row.user_agent),
                          value(row.upstream_addr), value(row.upstream_status), row.upstream_time_ms,
                          std::int64_t{row.flags}, once(row.request_id), value(row.user), value(row.model),
                          value(row.service), row.ttft_ms, row.tokens_in, row.tokens_out);
    };
    std::span<const Row> left(rows_);
    while (!left.empty()) {
        std::size_t count = left.size() >= rows_at_once ? rows_at_once : 1;
        Result<Statement*> insert = db.kept(count == 1 ? of_one : of_many);
        if (!insert) return insert.error();
        Result<void> inserted = (*insert)->run_for_rows(left.first(count), values_of);
        if (!inserted) return inserted;
        left = left.subspan(count);
    }
    return {};
}

Result<void> AccessWriter::write(Database& db) {
    Result<void> done = texts_.give_numbers(db);
    if (done) done = write_rows(db);
    return done ? sums_.write(db) : done;
}

Result<bool> AccessWriter::store(Database& db, const AccessSource& before, const AccessSource& after) {
    bool numbered = false;
    Result<bool> stored = in_transaction(db.handle(), [&]() -> Result<bool> {
        Result<bool> moved = move_on(db, before, after);
        if (!moved || !*moved) return moved;
        numbered = true;
        Result<void> written = write(db);
        if (!written) return written.error();
        return true;
    });
    if (!stored && numbered) texts_.forget();
    drop();
    return stored;
}

Result<void> AccessWriter::store(Database& db) {
    Result<bool> stored = in_transaction(db.handle(), [&]() -> Result<bool> {
        Result<void> written = write(db);
        if (!written) return written.error();
        return true;
    });
    if (!stored) texts_.forget();
    drop();
    return stored ? Result<void>() : stored.error();
}

}  // namespace aihub::db
