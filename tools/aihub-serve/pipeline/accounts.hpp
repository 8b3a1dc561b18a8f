// Who may call: an immutable picture of all keys, by the hash of their token. Made by the accounts job
// whenever the database changes; read by every loop without a lock.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/config/settings.hpp"
#include "shared/db/accounts.hpp"

namespace aihub::serve {

class Accounts {
public:
    // Keys of the database, then those of the settings: DASHBOARD_API_KEYS (user `static`) and ADMIN_KEY
    // (user `admin`).
    Accounts(const std::vector<db::Account>& stored, const config::Settings& settings);

    // The account of a token, or null. A token that was mistyped is found out by its checksum, without a
    // look-up.
    const db::Account* find(std::string_view token) const;

    // The keys that one was delegated from, the nearest first.
    std::vector<const db::Account*> parents_of(const db::Account& account) const;

    std::size_t size() const { return by_hash_.size(); }

private:
    struct Hash {
        std::size_t operator()(const crypto::Digest& digest) const {
            std::size_t value = 0;
            std::memcpy(&value, digest.data(), sizeof value);  // a hash already: any part of it serves
            return value;
        }
    };

    void add_static(const std::string& token, const std::string& user, const std::string& tier, bool admin);

    std::unordered_map<crypto::Digest, db::Account, Hash> by_hash_;
    std::unordered_map<std::int64_t, const db::Account*> parents_;  // by the rows of their keys
};

}  // namespace aihub::serve
