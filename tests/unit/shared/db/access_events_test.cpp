#include "shared/db/access_events.hpp"

#include "shared/db/access_report.hpp"
#include "shared/db/query.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

AccessEvent event(std::string_view path, std::int64_t time_ms = 3'600'000, int status = 200) {
    AccessEvent made;
    made.time_ms = time_ms;
    made.remote_addr = "192.0.2.1";
    made.client_ip = "192.0.2.1";
    made.path = path;
    made.uri = path;
    made.status = status;
    made.bytes_sent = 10;
    made.request_time_ms = 4;
    return made;
}

std::int64_t number(Database& db, std::string_view sql) {
    return std::get<std::int64_t>(must(query(db, sql)).rows.at(0).at(0));
}

AccessSource stored_source(Database& db) {
    return must(change_access_sources(db,
                                      [](std::vector<AccessSource>& sources) -> Result<void> {
                                          AccessSource source;
                                          source.path = "/log";
                                          sources.push_back(source);
                                          return {};
                                      }))
        .at(0);
}

TEST_CASE("texts that repeat are stored once and read as they were") {
    Store store;
    AccessWriter writer;
    for (int i = 0; i < 40; ++i) writer.add(event(i % 2 == 0 ? "/often" : "/once/" + std::to_string(i)));
    must(writer.store(store.db));
    CHECK(number(store.db, "SELECT count(*) FROM access_events WHERE request_path = '/often'") == 20);
    CHECK(number(store.db, "SELECT count(DISTINCT request_path) FROM access_events") == 21);
    CHECK(number(store.db, "SELECT count(*) FROM access_texts WHERE text LIKE '/once/%'") == 0);
    CHECK(number(store.db, "SELECT count(*) FROM access_texts WHERE text = '/often'") == 1);
    writer.add(event("/often"));
    must(writer.store(store.db));
    AccessWriter another;
    for (int i = 0; i < 3; ++i) another.add(event("/often"));
    must(another.store(store.db));
    CHECK(number(store.db, "SELECT count(*) FROM access_events WHERE request_path = '/often'") == 24);
    CHECK(number(store.db, "SELECT count(*) FROM access_texts WHERE text = '/often'") == 1);
}

TEST_CASE("a text of digits is not taken for the number of another text") {
    Store store;
    AccessWriter writer;
    for (int i = 0; i < 3; ++i) writer.add(event("/a"));
    AccessEvent odd = event("/b");
    odd.upstream_status = "1";
    writer.add(odd);
    must(writer.store(store.db));
    CHECK(number(store.db, "SELECT count(*) FROM access_events WHERE upstream_status = '1'") == 1);
}

TEST_CASE("rows are stored only while their source is where reading began") {
    Store store;
    AccessSource before = stored_source(store.db);
    AccessSource after = before;
    after.position = 100;
    AccessWriter first;
    AccessWriter second;
    first.add(event("/x"));
    second.add(event("/x"));
    CHECK(must(first.store(store.db, before, after)));
    CHECK_FALSE(must(second.store(store.db, before, after)));
    CHECK(second.size() == 0);
    CHECK(number(store.db, "SELECT count(*) FROM access_events") == 1);
    CHECK(number(store.db, "SELECT sum(requests) FROM access_minutes") == 1);
    CHECK(must(list_access_sources(store.db)).at(0).position == 100);
}

TEST_CASE("sums say what the rows say") {
    Store store;
    AccessWriter writer;
    for (int i = 0; i < 600; ++i) {
        std::int64_t minute = 60'000;
        writer.add(event(i % 3 == 0 ? "/a" : "/b", i * minute / 2 - 100 * minute, i % 5 == 0 ? 404 : 502));
        if (i % 100 == 7) must(writer.store(store.db));
    }
    must(writer.store(store.db));
    CHECK(number(store.db, "SELECT sum(requests) FROM access_minutes") == 600);
    CHECK(number(store.db, "SELECT sum(status_4xx) FROM access_minutes") == 120);
    CHECK(number(store.db,
                 "SELECT count(*) FROM access_minutes m WHERE requests != (SELECT count(*) FROM "
                 "access_rows WHERE time_ms >= minute_ms AND time_ms < minute_ms + 60000)") == 0);
    constexpr std::int64_t hour = 3'600'000;
    std::vector<AccessSpan> spans{{-2 * hour, 4 * hour},        {-2 * hour - 1, 4 * hour + 1},
                                  {-hour / 2, 2 * hour + 1},    {hour + 5, hour + 60'000},
                                  {hour / 2, 3 * hour / 2},     {hour, hour},
                                  {-hour + 1, 2 * hour - 1'000}};
    constexpr std::int64_t all = 10;
    for (AccessSpan span : spans) {
        CAPTURE(span.since_ms, span.until_ms);
        std::string between = " AND time_ms >= " + std::to_string(span.since_ms) + " AND time_ms < " +
                              std::to_string(span.until_ms);
        for (AccessGrouping by : {AccessGrouping::path, AccessGrouping::client, AccessGrouping::status}) {
            std::string_view column = by == AccessGrouping::path     ? "request_path"
                                      : by == AccessGrouping::client ? "client_ip"
                                                                     : "status";
            for (const AccessGroup& group : must(group_accesses(store.db, by, span, all))) {
                std::string rows =
                    " FROM access_events WHERE " + std::string(column) + " = '" + group.value + "'" + between;
                CHECK(group.requests == number(store.db, "SELECT count(*)" + rows));
                CHECK(group.client_errors == number(store.db, "SELECT sum(status = 404)" + rows));
                CHECK(group.server_errors == number(store.db, "SELECT sum(status = 502)" + rows));
                CHECK(group.bytes_sent == number(store.db, "SELECT sum(bytes_sent)" + rows));
                CHECK(group.request_time_ms == number(store.db, "SELECT sum(request_time_ms)" + rows));
            }
            std::int64_t requests = 0;
            for (const AccessGroup& group : must(group_accesses(store.db, by, span, all)))
                requests += group.requests;
            CHECK(requests == number(store.db, "SELECT count(*) FROM access_events WHERE 1" + between));
        }
    }
}

TEST_CASE("a query that would write is refused") {
    Store store;
    for (const char* sql : {"DELETE FROM users", "SELECT 1; SELECT 2", "nonsense", "", "  ;  "})
        CHECK(code_of(query(store.db, sql)) == ErrorCode::invalid_input);
    CHECK(number(store.db, "SELECT 1;  ") == 1);
}

}  // namespace
}  // namespace aihub::db
