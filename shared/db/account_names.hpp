// Which names, addresses, tiers and limits users and keys may have. Pure. Private to shared/db.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shared/base/result.hpp"
#include "shared/db/limits.hpp"

namespace aihub::db {

// Each gives invalid_input, naming what is wrong.
Result<void> check_user_name(const std::string& name);
Result<void> check_key_name(const std::string& name);
Result<void> check_email(const std::string& address);
Result<void> check_tier(const std::string& tier);
Result<void> check_limits(const Limits& limits);
Result<void> check_balance(std::int64_t balance_micro);
Result<void> check_budget(const std::optional<std::int64_t>& budget_micro);

}  // namespace aihub::db
