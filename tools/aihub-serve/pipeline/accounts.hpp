// Who may call: an immutable picture of all keys, by the hash of their token. Made by the accounts job
// whenever the database changes; read by every loop without a lock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/settings.hpp"
#include "tools/aihub-serve/accounts/account_table.hpp"

namespace aihub::serve {

class Accounts {
public:
    // Keys of the settings, DASHBOARD_API_KEYS (user `static`) and ADMIN_KEY (user `admin`), then those of
    // the database.
    Accounts(std::shared_ptr<const AccountTable> stored, const config::Settings& settings);

    // The account of a token, or null. A token that was mistyped is found out by its checksum, without a
    // look-up.
    std::shared_ptr<const db::Account> find(std::string_view token) const;

    // The keys that one was delegated from, the nearest first.
    std::vector<db::Account> parents_of(const db::Account& account) const;

private:
    void add_static(const std::string& token, const std::string& user, const std::string& tier, bool admin);

    std::vector<std::shared_ptr<const db::Account>> static_;  // few; the last of two that are equal counts
    std::shared_ptr<const AccountTable> stored_;
};

}  // namespace aihub::serve
