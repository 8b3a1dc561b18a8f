#include "tools/aihub-keys/import/fields.hpp"

#include <cmath>
#include <cstdlib>

#include "shared/base/money.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-keys/expiry.hpp"

namespace aihub::keys {
namespace {

Error wrong_value(const Row& row, const std::string& column, const std::string& wanted) {
    return wrong_row(row, column + " is \"" + printable(row.text(column)) + "\", which is no " + wanted);
}

// Such as "0.30000000000000004" and "1e-07", which a floating-point column holds.
std::optional<std::int64_t> rounded_money(const std::string& text) {
    char* end = nullptr;
    double value = std::strtod(text.c_str(), &end);
    constexpr double most = 9e12;
    if (end == text.c_str() || *end != '\0' || !(std::fabs(value) < most)) return std::nullopt;
    return std::llround(value * 1e6);
}

}  // namespace

Error wrong_row(const Row& row, const std::string& what, const std::string& hint) {
    std::string fix = hint.empty() ? "correct it" : hint;
    return Error(ErrorCode::invalid_input, row.place + ": " + what, fix + "; nothing was imported");
}

Result<std::int64_t> moment_of(const Row& row, const std::string& column) {
    std::string text = row.text(column);
    if (text.empty()) return std::int64_t{0};
    constexpr std::uint64_t last_second = 100'000'000'000;
    if (std::optional<std::uint64_t> seconds = parse_unsigned(text); seconds && *seconds < last_second)
        return static_cast<std::int64_t>(*seconds) * 1000;
    std::optional<std::int64_t> moment = parse_timestamp(text);
    if (!moment) return wrong_value(row, column, "date");
    return *moment;
}

Result<std::optional<std::int64_t>> money_of(const Row& row, const std::string& column) {
    std::string text = row.text(column);
    if (text.empty()) return std::optional<std::int64_t>();
    Result<std::int64_t> exact = parse_money(text);
    if (exact) return std::optional(*exact);
    std::optional<std::int64_t> rounded = rounded_money(text);
    if (!rounded) return wrong_value(row, column, "amount of money");
    return rounded;
}

Result<std::optional<std::int64_t>> count_of(const Row& row, const std::string& column) {
    std::string text = row.text(column);
    if (text.empty()) return std::optional<std::int64_t>();
    std::optional<std::uint64_t> number = parse_unsigned(text);
    if (!number || *number > INT64_MAX) return wrong_value(row, column, "whole number");
    return std::optional(static_cast<std::int64_t>(*number));
}

Result<db::Limits> limits_of(const Row& row, const std::string& requests, const std::string& tokens,
                             const std::string& concurrent) {
    Result<std::optional<std::int64_t>> a = count_of(row, requests);
    if (!a) return a.error();
    Result<std::optional<std::int64_t>> b = count_of(row, tokens);
    if (!b) return b.error();
    Result<std::optional<std::int64_t>> c = count_of(row, concurrent);
    if (!c) return c.error();
    return db::Limits{*a, *b, *c};
}

Result<crypto::Digest> digest_of(const Row& row, const std::string& column) {
    std::optional<crypto::Digest> digest = crypto::from_hex(row.text(column));
    if (!digest) return wrong_row(row, column + " is no SHA-256 of 64 hex digits");
    return *digest;
}

bool truth_of(const Row& row, const std::string& column, bool otherwise) {
    std::string text = to_lower(row.text(column));
    if (text.empty()) return otherwise;
    return text == "true" || text == "t" || text == "yes" || text == "1";
}

std::vector<std::string> list_of(const Row& row, const std::string& column) {
    std::string text = row.text(column);
    if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
    std::vector<std::string> items = split_list(text);
    for (std::string& item : items)
        if (item.size() > 1 && item.front() == '"' && item.back() == '"')
            item = item.substr(1, item.size() - 2);
    return items;
}

}  // namespace aihub::keys
