// The last 24 hours in numbers and in a sentence: of all users for an admin, else of the caller.
#include "shared/base/clock.hpp"
#include "shared/base/money.hpp"
#include "tools/aihub-serve/api/account_json.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/machine.hpp"

namespace aihub::serve {
namespace {

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;
constexpr std::int64_t kib_in_gib = 1024LL * 1024;

std::int64_t average_latency(const db::UsageSummary& usage) {
    return usage.requests == 0 ? 0 : usage.latency_ms_sum / usage.requests;
}

std::string stats_text(const db::UsageSummary& usage) {
    return ObjectWriter()
        .number("new_users", usage.new_users)
        .number("total_requests", usage.requests)
        .number("total_tokens", usage.tokens)
        .number("avg_latency_ms", average_latency(usage))
        .money("total_cost", usage.cost_micro)
        .take();
}

std::string system_text(const Machine& machine) {
    std::int64_t total = machine.memory_total_kib;
    return ObjectWriter()
        .hundredths("cpu_percent", machine.cpu_hundredths)
        .hundredths("ram_used_gb", machine.memory_used_kib * 100 / kib_in_gib)
        .hundredths("ram_total_gb", total * 100 / kib_in_gib)
        .hundredths("ram_percent", total == 0 ? 0 : machine.memory_used_kib * 10'000 / total)
        .take();
}

std::string sentence(const db::UsageSummary& usage, std::size_t models) {
    return "In the last 24 hours: " + std::to_string(usage.requests) + " requests, " +
           std::to_string(usage.tokens) + " tokens, " + format_money(usage.cost_micro) + " in cost, " +
           std::to_string(average_latency(usage)) + " ms on average; " + std::to_string(models) +
           " models are there.";
}

std::vector<std::string> model_names(const Picture& picture) {
    std::vector<std::string> names;
    for (const ModelEntry* entry : picture.catalogue->models().entries()) names.push_back(entry->name);
    return names;
}

}  // namespace

net::Task<Reply> show_stats(Exchange& x) {
    bool all = may_administer(x);
    std::int64_t user = all || !x.caller ? 0 : x.caller->user_id;
    bool nobody = !all && user == 0;  // in no database: nothing was written down
    auto work = [all, user, nobody,
                 names = model_names(*x.picture)](db::Database& db) -> Result<std::string> {
        Result<db::UsageSummary> usage = db::UsageSummary{};
        if (!nobody) usage = db::usage_since(db, now_ms() - day_ms, user);
        if (!usage) return usage.error();
        return ObjectWriter()
            .text("period", "24h")
            .text("scope", all ? "all" : "own")
            .text("summary", sentence(*usage, names.size()))
            .json("stats", stats_text(*usage))
            .json("system", system_text(look_at_machine()))
            .number("active_models", static_cast<std::int64_t>(names.size()))
            .json("models", json_list(names, json_string))
            .take();
    };
    co_return co_await reply_from(x, std::move(work));
}

}  // namespace aihub::serve
