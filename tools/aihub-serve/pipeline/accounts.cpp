#include "tools/aihub-serve/pipeline/accounts.hpp"

#include <algorithm>
#include <utility>

#include "shared/crypto/tokens.hpp"

namespace aihub::serve {

Accounts::Accounts(std::shared_ptr<const AccountTable> stored, const config::Settings& settings)
    : stored_(std::move(stored)) {
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
    static_.push_back(std::make_shared<const db::Account>(std::move(account)));
}

// The chain is short: the database bounds it when keys are made.
std::vector<db::Account> Accounts::parents_of(const db::Account& account) const {
    std::vector<db::Account> parents;
    for (auto parent = stored_->find_parent(account.parent_row); parent;
         parent = stored_->find_parent(parents.back().parent_row))
        parents.push_back(std::move(*parent));
    return parents;
}

std::shared_ptr<const db::Account> Accounts::find(std::string_view token) const {
    if (token.empty() || crypto::inspect_token(token) == crypto::TokenForm::damaged) return nullptr;
    crypto::Digest hash = crypto::sha256(token);
    auto known = std::find_if(static_.rbegin(), static_.rend(),
                              [&hash](const auto& account) { return account->hash == hash; });
    return known == static_.rend() ? stored_->find(hash) : *known;
}

}  // namespace aihub::serve
