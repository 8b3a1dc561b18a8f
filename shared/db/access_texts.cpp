#include "shared/db/access_texts.hpp"

#include "shared/db/statement.hpp"

namespace aihub::db {
namespace {

constexpr std::size_t most_texts = 50'000;
constexpr std::size_t most_bytes = 8U * 1024 * 1024;

Result<std::int64_t> number_of(Database& db, std::string_view text) {
    Result<Statement*> find = db.kept("SELECT id FROM access_texts WHERE text = ?");
    if (!find) return find.error();
    Result<std::optional<std::int64_t>> known = (*find)->run_for_integer(text);
    if (!known) return known.error();
    if (*known) return **known;
    Result<Statement*> add = db.kept("INSERT INTO access_texts (text) VALUES (?) RETURNING id");
    if (!add) return add.error();
    Result<std::optional<std::int64_t>> added = (*add)->run_for_integer(text);
    if (!added) return added.error();
    return added->value_or(0);
}

}  // namespace

AccessText* AccessTexts::find_or_add(std::string_view text) {
    auto found = texts_.find(text);
    if (found == texts_.end()) {
        found = texts_.emplace(text, AccessText()).first;
        found->second.text = found->first;
        bytes_ += text.size();
        return &found->second;
    }
    AccessText& known = found->second;
    if (!known.repeated && !text.empty()) {
        known.repeated = true;
        without_number_.push_back(&known);
    }
    return &known;
}

Result<void> AccessTexts::give_numbers(Database& db) {
    for (AccessText* text : without_number_) {
        Result<std::int64_t> number = number_of(db, text->text);
        if (!number) return number.error();
        text->number = *number;
    }
    without_number_.clear();
    return {};
}

bool AccessTexts::is_large() const {
    return texts_.size() > most_texts || bytes_ > most_bytes;
}

void AccessTexts::forget() {
    without_number_.clear();
    texts_.clear();
    bytes_ = 0;
}

}  // namespace aihub::db
