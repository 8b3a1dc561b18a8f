// A database with a user who pays, in a folder of its own, and rows of usage to write.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "shared/base/files.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/usage.hpp"
#include "shared/db/usage_known.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"
#include "tools/aihub-serve/jobs/usage_line.hpp"
#include "tools/aihub-serve/pipeline/usage_ids.hpp"

namespace aihub::serve {

class UsageFixture {
public:
    static constexpr std::int64_t opening = 1'000'000'000;
    static constexpr std::int64_t writer = 7;

    UsageFixture() : database(db::open_database(scratch.path())) {
        db::NewKey wanted;
        wanted.user = "bob";
        wanted.balance_micro = opening;
        wanted.budget_micro = opening;
        key = db::must(db::make_key(database, wanted, {"test", "test"})).key;
    }

    std::string path(const std::string& name) const { return scratch.path(name); }

    db::Usage given_row(std::int64_t cost_micro = 5, std::int64_t at_ms = 1'800'000'000'000) {
        db::Usage row;
        row.id = ids.next(at_ms);
        row.texts = {"r" + std::to_string(row.id), "bob", "m", "s", "/v1/chat/completions"};
        row.at_ms = UsageIds::time_of(row.id);
        row.user_id = key.user_id;
        row.key_row = key.row;
        row.status = 200;
        row.tokens_in = 3;
        row.tokens_out = 4;
        row.cost_micro = cost_micro;
        row.charged = true;
        return row;
    }
    std::vector<db::Usage> given_rows(std::size_t count) {
        std::vector<db::Usage> rows;
        for (std::size_t i = 0; i < count; ++i) rows.push_back(given_row());
        return rows;
    }

    // As the access log tells of it.
    std::string logged(const db::Usage& row) const {
        return R"({"time":"2026-11-21T10:00:00+00:00","request_uri":")" + std::string(row.texts.path()) +
               R"(?a=1","status":200,"request_time":0.125,"request_id":")" +
               std::string(row.texts.request_id()) + R"(","user":"bob","key_id":")" + key.id +
               R"(","model":"m","service":"s","ttft_ms":20,"tokens_in":3,"tokens_out":4,"charged":true,)" +
               R"("cost_micro":)" + std::to_string(row.cost_micro) + R"(,"usage_id":)" +
               std::to_string(row.id) + "}\n";
    }

    std::vector<std::int64_t> stored_ids() {
        return db::must(db::usage_ids_between(database, 0, std::numeric_limits<std::int64_t>::max()));
    }
    std::int64_t balance() { return db::must(db::find_user(database, "bob")).balance_micro; }

    db::Scratch scratch;
    db::Database database;
    db::ApiKey key;
    UsageIds ids{writer, 0};
};

}  // namespace aihub::serve
