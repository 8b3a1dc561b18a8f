// What a key or a user may use, as options of a command line. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/cli/command.hpp"
#include "shared/db/limits.hpp"

namespace aihub::keys {

// --requests-per-minute, --tokens-per-minute, --max-concurrent.
struct LimitOptions {
    std::optional<std::string> requests_per_minute;
    std::optional<std::string> tokens_per_minute;
    std::optional<std::string> max_concurrent;

    bool given() const { return requests_per_minute || tokens_per_minute || max_concurrent; }
};

// `resettable`: the word "default" takes a limit away again.
void add_limit_options(cli::Command& command, LimitOptions& options, bool resettable);

// `limits` with what was given put in. invalid_input.
Result<db::Limits> with_options(db::Limits limits, const LimitOptions& options);

// --models and --budget of a key.
void add_models_option(cli::Command& command, std::optional<std::string>& models, bool resettable);
void add_budget_option(cli::Command& command, std::optional<std::string>& budget, bool resettable);

// "llama*,qwen2.5:7b"; "any" is no restriction. invalid_input for a list without a name.
Result<std::vector<std::string>> parse_models(std::string_view text);
// "12.50"; "none" is no budget. invalid_input for what is below zero.
Result<std::optional<std::int64_t>> parse_budget(std::string_view text);

// "-5.00" of `flag` as money, with the flag in the message.
Result<std::int64_t> parse_amount(std::string_view flag, std::string_view text);

}  // namespace aihub::keys
