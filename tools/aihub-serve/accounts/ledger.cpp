#include "tools/aihub-serve/accounts/ledger.hpp"

namespace aihub::serve {
namespace {

using Of = Shortage::Of;
using Whose = Shortage::Whose;

std::optional<Shortage> shortage_of(Taken& taken, const Allowance& allowance, Whose whose, std::int64_t now) {
    if (allowance.requests_per_minute)
        if (std::int64_t wait = taken.requests.wait_for(*allowance.requests_per_minute, now))
            return Shortage{Of::requests, whose, *allowance.requests_per_minute, wait};
    if (allowance.tokens_per_minute)
        if (std::int64_t wait = taken.tokens.wait_for(*allowance.tokens_per_minute, now))
            return Shortage{Of::tokens, whose, *allowance.tokens_per_minute, wait};
    if (allowance.max_concurrent && taken.in_flight >= *allowance.max_concurrent)
        return Shortage{Of::concurrency, whose, *allowance.max_concurrent, 0};
    return std::nullopt;
}

void take(Taken& taken, const Allowance& allowance, std::int64_t now) {
    if (allowance.requests_per_minute) taken.requests.take(now);
    ++taken.in_flight;
}

// The one of which less is left.
void keep_scarcer(Quota& quota, const Quota& other) {
    if (other.limit < 0) return;
    if (quota.limit < 0 || other.remaining < quota.remaining) quota = other;
}

void note_quotas(Verdict& verdict, Taken& taken, const Allowance& allowance, std::int64_t now) {
    auto quota = [now](std::int64_t limit, auto& window) {
        return Quota{limit, std::max<std::int64_t>(0, limit - window.count(now)), window.until_empty(now)};
    };
    if (allowance.requests_per_minute)
        keep_scarcer(verdict.requests, quota(*allowance.requests_per_minute, taken.requests));
    if (allowance.tokens_per_minute)
        keep_scarcer(verdict.tokens, quota(*allowance.tokens_per_minute, taken.tokens));
}

// Of the key and of those that it was delegated from: a delegated key takes from all of them.
template <typename Act>
void for_each_key(const Terms& terms, Act act) {
    KeyState* key = terms.key_state;
    for (const Allowance& allowance : terms.keys) {
        act(key->taken, allowance);
        key = key->parent;
    }
}

void note_quotas(Verdict& verdict, const Terms& terms, std::int64_t now) {
    for_each_key(terms, [&](Taken& taken, const Allowance& allowance) {
        note_quotas(verdict, taken, allowance, now);
    });
}

void give_back(Taken& taken, std::int64_t at, bool served, std::int64_t tokens, std::int64_t now) {
    --taken.in_flight;
    if (!served) taken.requests.give_back(at);
    taken.tokens.take(now, tokens);
}

// The key whose budget is spent, of those that pay.
const KeyState* spent_one(const KeyState* key) {
    while (key && (key->budget_micro < 0 || key->settled_micro + key->pending_micro < key->budget_micro))
        key = key->parent;
    return key;
}

void set(KeyState& key, const db::Standing::KeySpent& spent) {
    key.settled_micro = spent.spent_micro;
    key.budget_micro = spent.budget_micro;
}

Allowance with_own(const Allowance& standard, const db::Limits& own) {
    return {own.requests_per_minute ? own.requests_per_minute : standard.requests_per_minute,
            own.tokens_per_minute ? own.tokens_per_minute : standard.tokens_per_minute,
            own.max_concurrent ? own.max_concurrent : standard.max_concurrent};
}

std::int64_t id_of(const db::Standing::UserBalance& user) {
    return user.user_id;
}
std::int64_t id_of(const db::Standing::KeySpent& key) {
    return key.key_row;
}

// In a list by rising ids; null when it is not there.
template <typename Entries>
auto entry_of(Entries& entries, std::int64_t id) -> decltype(entries.data()) {
    auto is_before = [](const auto& entry, std::int64_t wanted) { return id_of(entry) < wanted; };
    auto found = std::lower_bound(entries.begin(), entries.end(), id, is_before);
    return found != entries.end() && id_of(*found) == id ? &*found : nullptr;
}

}  // namespace

std::optional<Shortage> UserState::shortage(const Terms& terms, std::int64_t now) {
    if (auto found = shortage_of(taken_, terms.user, Whose::user, now)) return found;
    KeyState* key = terms.key_state;
    for (const Allowance& allowance : terms.keys) {
        if (auto found = shortage_of(key->taken, allowance, Whose::key, now)) return found;
        key = key->parent;
    }
    if (terms.tier->prepaid && settled_micro_ - pending_micro_ <= 0)
        return Shortage{Of::balance, Whose::user};
    if (const KeyState* spent = spent_one(terms.key_state))
        return Shortage{Of::budget, Whose::key, spent->budget_micro};
    return std::nullopt;
}

Verdict UserState::admit(const Terms& terms, std::int64_t now_ms, Claim& claim) {
    std::lock_guard lock(mutex_);
    std::int64_t now = later_of(now_ms);
    Verdict verdict;
    verdict.shortage = shortage(terms, now);
    if (!verdict.shortage) {
        take(taken_, terms.user, now);
        for_each_key(terms, [now](Taken& taken, const Allowance& allowance) { take(taken, allowance, now); });
        claim = {this, true, terms.key_state, nullptr, now, 0};
    }
    note_quotas(verdict, taken_, terms.user, now);
    note_quotas(verdict, terms, now);
    return verdict;
}

Verdict UserState::admit_model(const std::string& model, const Allowance& allowance, std::int64_t now_ms,
                               Claim& claim) {
    std::lock_guard lock(mutex_);
    std::int64_t now = later_of(now_ms);
    Taken& taken = models_[model];
    Verdict verdict;
    verdict.shortage = shortage_of(taken, allowance, Whose::model, now);
    if (!verdict.shortage) {
        take(taken, allowance, now);
        claim.model = &taken;
        claim.model_at = now;
    }
    note_quotas(verdict, taken, allowance, now);
    return verdict;
}

void UserState::finish(const Claim& claim, bool served, std::int64_t tokens, std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    std::int64_t now = later_of(now_ms);
    if (claim.whole) give_back(taken_, claim.at, served, tokens, now);
    for (KeyState* key = claim.whole ? claim.key : nullptr; key; key = key->parent)
        give_back(key->taken, claim.at, served, tokens, now);
    if (claim.model) give_back(*claim.model, claim.model_at, served, tokens, now);
}

void UserState::owe(KeyState* key, std::int64_t cost_micro, bool charged) {
    std::lock_guard lock(mutex_);
    if (charged) pending_micro_ += cost_micro;
    for (; key; key = key->parent) key->pending_micro += cost_micro;
}

Verdict UserState::look(const Terms& terms, std::int64_t now_ms) {
    std::lock_guard lock(mutex_);
    std::int64_t now = later_of(now_ms);
    Verdict verdict;
    verdict.shortage = shortage(terms, now);
    note_quotas(verdict, taken_, terms.user, now);
    note_quotas(verdict, terms, now);
    return verdict;
}

std::int64_t UserState::balance_micro() {
    std::lock_guard lock(mutex_);
    return settled_micro_ - pending_micro_;
}

UserState& Ledger::state_of(const db::Account& account) {
    std::unique_ptr<UserState>& state =
        account.user_id > 0 ? users_[account.user_id] : users_of_settings_[account.user];
    if (!state) {
        state = std::make_unique<UserState>();
        if (const auto* known = entry_of(standing_.users, account.user_id))
            state->settled_micro_ = known->balance_micro;
    }
    return *state;
}

KeyState& Ledger::key_of(UserState& state, std::int64_t row) {
    auto [found, is_new] = state.keys_.try_emplace(row);
    if (const auto* known = is_new ? entry_of(standing_.keys, row) : nullptr) set(found->second, *known);
    return found->second;
}

Terms Ledger::terms_of(const db::Account& account, const Tariff& tariff,
                       const std::vector<db::Account>& parents) {
    Terms terms;
    terms.tier = &tariff.tier(account.tier);
    if (!terms.tier->unlimited) terms.user = with_own(terms.tier->allowance, account.user_limits);
    terms.has_budget = account.budget_micro >= 0 || account.parent_row > 0;
    std::lock_guard lock(mutex_);
    terms.state = &state_of(account);
    if (account.key_row == 0) return terms;
    std::lock_guard state_lock(terms.state->mutex_);
    KeyState* key = terms.key_state = &key_of(*terms.state, account.key_row);
    terms.keys.push_back(with_own({}, account.key_limits));
    for (const db::Account& parent : parents) {
        key = key->parent = &key_of(*terms.state, parent.key_row);
        terms.keys.push_back(with_own({}, parent.key_limits));
    }
    return terms;
}

void Ledger::set_standing(db::Standing standing) {
    std::lock_guard lock(mutex_);
    standing_ = std::move(standing);
    for (auto& [id, state] : users_) {
        std::lock_guard state_lock(state->mutex_);
        if (const auto* user = entry_of(standing_.users, id)) state->settled_micro_ = user->balance_micro;
        for (auto& [row, key] : state->keys_)
            if (const auto* known = entry_of(standing_.keys, row)) set(key, *known);
    }
}

void Ledger::settle(std::int64_t user_id, std::int64_t key_row, std::int64_t cost_micro, bool charged) {
    std::lock_guard lock(mutex_);
    auto found = users_.find(user_id);
    if (found == users_.end()) return;
    UserState& state = *found->second;
    std::lock_guard state_lock(state.mutex_);
    if (charged) {
        state.settled_micro_ -= cost_micro;
        state.pending_micro_ -= cost_micro;
        if (auto* known = entry_of(standing_.users, user_id)) known->balance_micro = state.settled_micro_;
    }
    auto key = state.keys_.find(key_row);
    for (KeyState* at = key == state.keys_.end() ? nullptr : &key->second; at; at = at->parent) {
        at->settled_micro += cost_micro;
        at->pending_micro -= cost_micro;
    }
}

}  // namespace aihub::serve
