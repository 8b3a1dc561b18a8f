// What was used: a row a request, balances and spent budgets in the same transaction, and sums by hour that
// the lists are read from. Writer: the gateway's usage job. Blocking; never on a loop thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

// The texts of a row in one piece of memory: rows are many, and go from thread to thread.
class UsageTexts {
public:
    UsageTexts() = default;
    // `user`: as it was called. `path`: which API, "/v1/chat/completions".
    UsageTexts(std::string_view request_id, std::string_view user, std::string_view model,
               std::string_view service, std::string_view path);

    std::string_view request_id() const { return part(0); }
    std::string_view user() const { return part(1); }
    std::string_view model() const { return part(2); }
    std::string_view service() const { return part(3); }
    std::string_view path() const { return part(4); }

private:
    std::string_view part(std::size_t index) const {
        std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(all_).substr(begin, ends_[index] - begin);
    }

    std::string all_;
    std::array<std::uint32_t, 5> ends_{};
};

struct Usage {
    std::int64_t id = 0;  // unique, and grows with time: who writes a row twice changes nothing
    UsageTexts texts;
    std::int64_t at_ms = 0;    // end of the reply, UTC
    std::int64_t user_id = 0;  // 0: a user of the settings, or nobody
    std::int64_t key_row = 0;
    int status = 0;
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;
    std::int64_t audio_ms = 0;    // of sound that was transcribed
    std::int64_t characters = 0;  // of text that was spoken
    bool estimated = false;       // some count of it is not the server's
    std::int64_t cost_micro = 0;
    bool charged = false;  // the balance pays: cost_micro leaves it
    std::int64_t latency_ms = 0;
    std::int64_t ttft_ms = -1;  // -1: no byte came
};

// Counts and costs are stored from 0 up to this: a server that claims more must not make sums overflow.
inline constexpr std::int64_t most_of_a_row = 1'000'000'000'000;

// One transaction: rows that are not there yet, their cost from balances and onto keys (and the keys that
// those were delegated from), last use of keys, sums by hour. Returns how many were new.
Result<std::int64_t> write_usage(Database& db, std::span<const Usage> rows);

// The greatest id that was written, 0 when none was.
Result<std::int64_t> newest_usage(Database& db);

// A number for a process that writes usage: each call gives the next one. Makes ids of processes that run at
// the same time differ.
Result<std::int64_t> next_writer_number(Database& db);

struct UsageDay {
    std::string date;  // 2026-11-21, UTC
    std::int64_t requests = 0;
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;
    std::int64_t cost_micro = 0;
    std::int64_t latency_ms_sum = 0;
};
// Of one user, newest first; `key_row` 0: all keys. `days` counts today.
Result<std::vector<UsageDay>> usage_by_day(Database& db, std::int64_t user_id, std::int64_t days,
                                           std::int64_t now_ms, std::int64_t key_row = 0);

struct UsageByModel {
    std::string model;
    std::int64_t requests = 0;
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;
    std::int64_t cost_micro = 0;
};
Result<std::vector<UsageByModel>> usage_by_model(Database& db, std::int64_t user_id, std::int64_t days,
                                                 std::int64_t now_ms);

// Sums since the beginning of the hour of `since_ms`; `user_id` 0: of all.
struct UsageSummary {
    std::int64_t new_users = 0;  // of all, since exactly then
    std::int64_t requests = 0;
    std::int64_t tokens = 0;
    std::int64_t cost_micro = 0;
    std::int64_t latency_ms_sum = 0;
};
Result<UsageSummary> usage_since(Database& db, std::int64_t since_ms, std::int64_t user_id = 0);

}  // namespace aihub::db
