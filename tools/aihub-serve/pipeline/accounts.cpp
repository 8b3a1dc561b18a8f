#include "tools/aihub-serve/pipeline/accounts.hpp"

#include "shared/crypto/tokens.hpp"

namespace aihub::serve {

Accounts::Accounts(const std::vector<db::Account>& stored, const config::Settings& settings) {
    for (const db::Account& account : stored) {
        by_hash_.emplace(account.hash, account);
        if (account.parent_row > 0) parents_[account.parent_row] = nullptr;
    }
    for (const auto& [hash, account] : by_hash_)
        if (auto parent = parents_.find(account.key_row); parent != parents_.end()) parent->second = &account;
    std::erase_if(parents_, [](const auto& parent) { return !parent.second; });
    for (const std::string& token : settings.list("dashboard_api_keys"))
        add_static(token, "static", settings.text("static_key_tier"), false);
    if (const std::string& token = settings.text("admin_key"); !token.empty())
        add_static(token, "admin", "admin", true);
}

void Accounts::add_static(const std::string& token, const std::string& user, const std::string& tier,
                          bool admin) {
    db::Account account;
    account.hash = crypto::sha256(token);
    account.key_id = crypto::to_hex(account.hash).substr(0, 12);
    account.hint = crypto::token_hint(token);
    account.user = user;
    account.tier = tier;
    account.admin = admin;
    by_hash_.insert_or_assign(account.hash, account);
}

// The chain is short: the database bounds it when keys are made.
std::vector<const db::Account*> Accounts::parents_of(const db::Account& account) const {
    std::vector<const db::Account*> parents;
    for (auto found = parents_.find(account.parent_row); found != parents_.end();
         found = parents_.find(found->second->parent_row))
        parents.push_back(found->second);
    return parents;
}

const db::Account* Accounts::find(std::string_view token) const {
    if (token.empty() || crypto::inspect_token(token) == crypto::TokenForm::damaged) return nullptr;
    auto found = by_hash_.find(crypto::sha256(token));
    return found == by_hash_.end() ? nullptr : &found->second;
}

}  // namespace aihub::serve
