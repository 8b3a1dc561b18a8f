// Users, keys and the rest of accounts as the APIs show them: the older gateway's members, and ours beside
// them. Pure; each gives JSON text.
#pragma once

#include <string>

#include "shared/db/audit.hpp"
#include "shared/db/keys.hpp"
#include "shared/db/signups.hpp"
#include "shared/db/usage.hpp"
#include "shared/db/users.hpp"
#include "tools/aihub-serve/api/json_object.hpp"

namespace aihub::serve {

std::string user_json(const db::User& user);
std::string key_json(const db::ApiKey& key);
// What is shown once: the token, and what is known of the key.
std::string made_key_json(const db::MadeKey& made);
std::string signup_json(const db::Signup& signup);
std::string audit_json(const db::AuditEntry& entry);
std::string transaction_json(const db::BalanceChange& change);
std::string usage_day_json(const db::UsageDay& day);
std::string usage_by_model_json(const db::UsageByModel& model);

// Members that a user of the settings, who is in no database, has as well.
void add_identity(ObjectWriter& object, const db::User& user);

}  // namespace aihub::serve
