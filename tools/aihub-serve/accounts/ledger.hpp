// What users and keys have taken of their limits and owe of their balances, in memory: exact across threads,
// never a look into the database. A user's state is made at the first request and stays, so that pointers to
// it do; the user's keys and models are part of it and under its lock.
//
// Money: `settled` is what the database says, `pending` what was used and is not written there yet. The job
// that writes usage moves amounts from one to the other, so that both sums stay right while it cannot write.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/db/accounts.hpp"
#include "tools/aihub-serve/accounts/tariff.hpp"
#include "tools/aihub-serve/accounts/windows.hpp"

namespace aihub::serve {

// How much of a limit is left: for the x-ratelimit headers.
struct Quota {
    std::int64_t limit = -1;  // -1: there is none
    std::int64_t remaining = 0;
    std::int64_t reset_ms = 0;  // until all of it is free again
};

// Why a request may not go on.
struct Shortage {
    enum class Of { requests, tokens, concurrency, balance, budget };
    enum class Whose { user, key, model };
    Of of;
    Whose whose;
    std::int64_t limit = 0;
    std::int64_t wait_ms = 0;  // until it may; 0: unknown, or never by itself
};

struct Verdict {
    std::optional<Shortage> shortage;
    Quota requests;
    Quota tokens;
};

// Of a user, a key, or a user's use of one model.
struct Taken {
    RequestWindow requests;
    TokenWindow tokens;
    std::int64_t in_flight = 0;
};

struct KeyState {
    Taken taken;
    std::int64_t settled_micro = 0;  // spent
    std::int64_t pending_micro = 0;
    std::int64_t budget_micro = -1;  // -1: none
    KeyState* parent = nullptr;      // of the same user: its budget is spent too
};

// What counts for the requests of one key: the tier's terms with the user's and the key's own.
struct Terms {
    const Tier* tier = nullptr;
    Allowance user;
    std::vector<Allowance>
        keys;  // of the key and of those that it was delegated from, as far as `key_state` goes
    bool has_budget = false;  // the key's own, or one of those that it was delegated from
    class UserState* state = nullptr;
    KeyState* key_state = nullptr;  // null: a key of the settings

    // Nothing to count or to pay: the usual case of an admin costs no lock.
    bool are_free() const {
        bool limited = std::any_of(keys.begin(), keys.end(), [](const Allowance& key) { return key.any(); });
        return !tier->prepaid && !user.any() && !limited && !has_budget;
    }
};

// What a request has taken, until it is given back or paid.
struct Claim {
    UserState* state = nullptr;  // null: nothing was taken
    bool whole = false;          // a request of the user and the key; else of a model only
    KeyState* key = nullptr;
    Taken* model = nullptr;
    std::int64_t at = 0;  // when it was taken
    std::int64_t model_at = 0;
};

class UserState {
public:
    // Takes one request and one place, or nothing: then the verdict says why.
    Verdict admit(const Terms& terms, std::int64_t now_ms, Claim& claim);
    // The same of a user's share of one model, for a request that was admitted.
    Verdict admit_model(const std::string& model, const Allowance& allowance, std::int64_t now_ms,
                        Claim& claim);
    // The request is over: `served` or not (then it counts as not made), with what it used.
    void finish(const Claim& claim, bool served, std::int64_t tokens, std::int64_t now_ms);
    // What it costs: from the balance if `charged`, and from the budget of the key.
    void owe(KeyState* key, std::int64_t cost_micro, bool charged);

    // How things stand, taking nothing.
    Verdict look(const Terms& terms, std::int64_t now_ms);
    std::int64_t balance_micro();

private:
    friend class Ledger;

    // The clock of whoever comes later may have been read earlier.
    std::int64_t later_of(std::int64_t now_ms) { return latest_ = std::max(latest_, now_ms); }
    std::optional<Shortage> shortage(const Terms& terms, std::int64_t now_ms);

    std::mutex mutex_;
    Taken taken_;
    std::int64_t settled_micro_ = 0;  // balance
    std::int64_t pending_micro_ = 0;
    std::int64_t latest_ = 0;
    std::unordered_map<std::int64_t, KeyState> keys_;
    std::unordered_map<std::string, Taken> models_;
};

// All states. Any thread.
class Ledger {
public:
    // `parents` are the keys that it was delegated from, the nearest first. Valid for as long as the tariff
    // and the ledger live.
    Terms terms_of(const db::Account& account, const Tariff& tariff,
                   const std::vector<db::Account>& parents = {});

    // What the database says now; what is pending stays pending.
    void set_standing(db::Standing standing);
    // `cost_micro` is in the database now.
    void settle(std::int64_t user_id, std::int64_t key_row, std::int64_t cost_micro, bool charged);

private:
    UserState& state_of(const db::Account& account);
    KeyState& key_of(UserState& state, std::int64_t row);

    std::mutex mutex_;
    std::unordered_map<std::int64_t, std::unique_ptr<UserState>> users_;
    std::unordered_map<std::string, std::unique_ptr<UserState>> users_of_settings_;
    db::Standing standing_;  // as the database said last
};

}  // namespace aihub::serve
