#include "tools/aihub-serve/accounts/account_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

constexpr char between_models = ',';  // no pattern has one

// The fixed part of a record. After it come the optional limits that are set, then the texts.
struct Head {
    crypto::Digest hash;
    std::int64_t key_row;
    std::int64_t user_id;
    std::int64_t expires_ms;
    std::int64_t budget_micro;
    std::int64_t parent_row;
    std::uint32_t models;  // lengths of texts
    std::uint16_t key_id;
    std::uint16_t hint;
    std::uint16_t user;
    std::uint16_t tier;
    bool admin;
    bool worker;
    bool active;
    std::uint8_t limits;  // a bit for each that is set, in the order of for_each_limit
};

template <typename Account, typename Act>
void for_each_limit(Account& account, const Act& act) {
    for (auto* limits : {&account.user_limits, &account.key_limits}) {
        act(limits->requests_per_minute);
        act(limits->tokens_per_minute);
        act(limits->max_concurrent);
    }
}

template <typename Value>
void append(std::string& records, const Value& value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    records.append(bytes, sizeof value);
}

template <typename Value>
Value take(std::string_view& record) {
    Value value{};
    std::memcpy(&value, record.data(), sizeof value);
    record.remove_prefix(sizeof value);
    return value;
}

std::string take_text(std::string_view& record, std::size_t length) {
    std::string text(record.substr(0, length));
    record.remove_prefix(length);
    return text;
}

std::string joined(const std::vector<std::string>& models) {
    std::string text;
    for (const std::string& model : models) text += text.empty() ? model : between_models + model;
    return text;
}

// Names are far shorter; what somebody wrote into the database by hand is cut.
std::uint16_t length_of(const std::string& text) {
    return static_cast<std::uint16_t>(
        std::min<std::size_t>(text.size(), std::numeric_limits<std::uint16_t>::max()));
}

Head head_of(const db::Account& account, std::size_t models) {
    Head head{};
    head.hash = account.hash;
    head.key_row = account.key_row;
    head.user_id = account.user_id;
    head.expires_ms = account.expires_ms;
    head.budget_micro = account.budget_micro;
    head.parent_row = account.parent_row;
    head.models = static_cast<std::uint32_t>(models);
    head.key_id = length_of(account.key_id);
    head.hint = length_of(account.hint);
    head.user = length_of(account.user);
    head.tier = length_of(account.tier);
    head.admin = account.admin;
    head.worker = account.worker;
    head.active = account.active;
    unsigned bit = 1;
    for_each_limit(account, [&](const std::optional<std::int64_t>& limit) {
        if (limit) head.limits = static_cast<std::uint8_t>(head.limits | bit);
        bit <<= 1U;
    });
    return head;
}

std::size_t slot_of(const crypto::Digest& hash) {
    std::size_t slot = 0;
    std::memcpy(&slot, hash.data(), sizeof slot);  // a hash already: any part of it serves
    return slot;
}

}  // namespace

void AccountTable::add(const db::Account& account) {
    std::string models = joined(account.models);
    Head head = head_of(account, models.size());
    auto place = static_cast<Place>(records_.size() + 1);
    append(records_, head);
    for_each_limit(account, [this](const std::optional<std::int64_t>& limit) {
        if (limit) append(records_, *limit);
    });
    records_.append(account.key_id, 0, head.key_id);
    records_.append(account.hint, 0, head.hint);
    records_.append(account.user, 0, head.user);
    records_.append(account.tier, 0, head.tier);
    records_ += models;
    if (account.parent_row > 0) parents_[account.parent_row] = 0;
    index_.push_back(place);  // a plain list until the end
}

void AccountTable::finish() {
    std::vector<Place> places = std::exchange(index_, {});
    index_.assign(std::bit_ceil(places.size() * 2 + 1), 0);
    for (Place place : places) index(place);
    std::erase_if(parents_, [](const auto& parent) { return parent.second == 0; });
}

void AccountTable::index(Place place) {
    Head head{};
    std::memcpy(&head, records_.data() + place - 1, sizeof head);
    std::size_t mask = index_.size() - 1;
    std::size_t slot = slot_of(head.hash) & mask;
    for (; index_[slot] != 0; slot = (slot + 1) & mask)
        if (std::memcmp(records_.data() + index_[slot] - 1, head.hash.data(), head.hash.size()) == 0) return;
    index_[slot] = place;
    ++size_;
    // The token from before a rotation is of the same key: either will do.
    if (auto parent = parents_.find(head.key_row); parent != parents_.end()) parent->second = place;
}

std::shared_ptr<const db::Account> AccountTable::find(const crypto::Digest& hash) const {
    static_assert(offsetof(Head, hash) == 0, "a record begins with its hash");
    if (index_.empty()) return nullptr;
    std::size_t mask = index_.size() - 1;
    for (std::size_t slot = slot_of(hash) & mask; index_[slot] != 0; slot = (slot + 1) & mask)
        if (std::memcmp(records_.data() + index_[slot] - 1, hash.data(), hash.size()) == 0)
            return std::make_shared<const db::Account>(unpack(index_[slot]));
    return nullptr;
}

std::optional<db::Account> AccountTable::find_parent(std::int64_t key_row) const {
    auto found = parents_.find(key_row);
    if (found == parents_.end()) return std::nullopt;
    return unpack(found->second);
}

db::Account AccountTable::unpack(Place place) const {
    std::string_view record = std::string_view(records_).substr(place - 1);
    Head head = take<Head>(record);
    db::Account account;
    account.hash = head.hash;
    account.key_row = head.key_row;
    account.user_id = head.user_id;
    account.expires_ms = head.expires_ms;
    account.budget_micro = head.budget_micro;
    account.parent_row = head.parent_row;
    account.admin = head.admin;
    account.worker = head.worker;
    account.active = head.active;
    unsigned bit = 1;
    for_each_limit(account, [&](std::optional<std::int64_t>& limit) {
        if ((head.limits & bit) != 0) limit = take<std::int64_t>(record);
        bit <<= 1U;
    });
    account.key_id = take_text(record, head.key_id);
    account.hint = take_text(record, head.hint);
    account.user = take_text(record, head.user);
    account.tier = take_text(record, head.tier);
    account.models = split_list(record.substr(0, head.models), between_models);
    return account;
}

}  // namespace aihub::serve
