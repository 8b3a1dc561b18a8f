#include "tools/aihub-serve/pipeline/accounts.hpp"

#include "shared/crypto/tokens.hpp"

namespace aihub::serve {

Accounts::Accounts(const std::vector<db::Account>& stored, const config::Settings& settings) {
    for (const db::Account& account : stored) by_hash_.emplace(account.hash, account);
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

const db::Account* Accounts::find(std::string_view token) const {
    if (token.empty() || crypto::inspect_token(token) == crypto::TokenForm::damaged) return nullptr;
    auto found = by_hash_.find(crypto::sha256(token));
    return found == by_hash_.end() ? nullptr : &found->second;
}

}  // namespace aihub::serve
