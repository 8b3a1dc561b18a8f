// The values of a row, each in the form that its store writes it in. Pure. invalid_input names the row, the
// column and what stands there, but never what could be a secret.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/limits.hpp"
#include "tools/aihub-keys/import/rows.hpp"

namespace aihub::keys {

Error wrong_row(const Row& row, const std::string& what, const std::string& hint = {});

// 0 when there is none. Digits alone are seconds since 1970.
Result<std::int64_t> moment_of(const Row& row, const std::string& column);

// Micro-units; a number of a floating-point column is rounded. Nothing when there is none.
Result<std::optional<std::int64_t>> money_of(const Row& row, const std::string& column);

Result<std::optional<std::int64_t>> count_of(const Row& row, const std::string& column);

// Its columns are those of our own exports.
Result<db::Limits> limits_of(const Row& row, const std::string& requests, const std::string& tokens,
                             const std::string& concurrent);

// 64 hex digits.
Result<crypto::Digest> digest_of(const Row& row, const std::string& column);

// "true", "t", "yes" and "1"; anything else is no, an empty value is `otherwise`.
bool truth_of(const Row& row, const std::string& column, bool otherwise);

// "a,b", and "{a,b}" as PostgreSQL writes its arrays.
std::vector<std::string> list_of(const Row& row, const std::string& column);

}  // namespace aihub::keys
