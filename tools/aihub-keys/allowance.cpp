#include "tools/aihub-keys/allowance.hpp"

#include <limits>

#include "shared/base/money.hpp"
#include "shared/base/strings.hpp"

namespace aihub::keys {
namespace {

constexpr std::uint64_t largest_limit = 1'000'000'000'000;

struct LimitRow {
    const char* flag;
    const char* help;
    std::optional<std::string> LimitOptions::* text;
    std::optional<std::int64_t> db::Limits::* limit;
};

constexpr LimitRow rows[] = {
    {"--requests-per-minute", "in any 60 seconds", &LimitOptions::requests_per_minute,
     &db::Limits::requests_per_minute},
    {"--tokens-per-minute", "in and out, in any 60 seconds", &LimitOptions::tokens_per_minute,
     &db::Limits::tokens_per_minute},
    {"--max-concurrent", "requests at once", &LimitOptions::max_concurrent, &db::Limits::max_concurrent},
};

Result<std::optional<std::int64_t>> parse_limit(const char* flag, const std::string& text) {
    if (text == "default") return std::optional<std::int64_t>();
    std::optional<std::uint64_t> number = parse_unsigned(text);
    if (!number || *number > largest_limit)
        return Error(ErrorCode::invalid_input,
                     std::string(flag) + " " + printable(text) + ": no whole number up to a million million",
                     "write a number, or default for the tier's limit");
    return std::optional(static_cast<std::int64_t>(*number));
}

}  // namespace

void add_limit_options(cli::Command& command, LimitOptions& options, bool resettable) {
    std::string value = resettable ? "N|default" : "N";
    for (const LimitRow& row : rows)
        command.option(row.flag, value, options.*row.text,
                       std::string(row.help) + ", beside what the tier allows");
}

Result<db::Limits> with_options(db::Limits limits, const LimitOptions& options) {
    for (const LimitRow& row : rows) {
        if (!(options.*row.text)) continue;
        Result<std::optional<std::int64_t>> limit = parse_limit(row.flag, *(options.*row.text));
        if (!limit) return limit.error();
        limits.*row.limit = *limit;
    }
    return limits;
}

void add_models_option(cli::Command& command, std::optional<std::string>& models, bool resettable) {
    command.option("--models", resettable ? "GLOB,…|any" : "GLOB,…", models,
                   "the models that it may use, as in llama3*,qwen2.5:7b");
}

void add_budget_option(cli::Command& command, std::optional<std::string>& budget, bool resettable) {
    command.option("--budget", resettable ? "AMOUNT|none" : "AMOUNT", budget, "what it may spend in all");
}

Result<std::vector<std::string>> parse_models(std::string_view text) {
    if (text == "any") return std::vector<std::string>();
    std::vector<std::string> models = split_list(text);
    if (models.empty())
        return Error(ErrorCode::invalid_input, "--models names no model", "write llama3*,qwen2.5:7b or any");
    return models;
}

Result<std::int64_t> parse_amount(std::string_view flag, std::string_view text) {
    Result<std::int64_t> amount = parse_money(text);
    if (amount) return amount;
    return Error(amount.error().code, std::string(flag) + ": " + amount.error().message, amount.error().hint);
}

Result<std::optional<std::int64_t>> parse_budget(std::string_view text) {
    if (text == "none") return std::optional<std::int64_t>();
    Result<std::int64_t> amount = parse_amount("--budget", text);
    if (!amount) return amount.error();
    if (*amount < 0)
        return Error(ErrorCode::invalid_input, "--budget " + printable(text) + " is below zero",
                     "write 0 or more");
    return std::optional(*amount);
}

}  // namespace aihub::keys
