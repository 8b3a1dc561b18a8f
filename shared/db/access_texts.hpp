// Texts that many access rows have: addresses, agents, paths. From its second occurrence on such a text is a
// number of the table access_texts, which is what keeps rows small. Owned by an AccessWriter; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

struct AccessText {
    std::string_view text;
    std::int64_t number = 0;  // 0: it has none
    bool repeated = false;
    std::array<std::uint32_t, 3> sums{};  // where AccessSums had it last, by dimension
};

class AccessTexts {
public:
    // Stays where it is until forget().
    AccessText* find_or_add(std::string_view text);

    // Inside a transaction: what has come up twice gets its number.
    Result<void> give_numbers(Database& db);

    // Whether it holds so much that it should begin anew.
    bool is_large() const;
    // Also after a transaction that was rolled back, whose numbers are void.
    void forget();

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    std::unordered_map<std::string, AccessText, Hash, std::equal_to<>> texts_;
    std::vector<AccessText*> without_number_;
    std::size_t bytes_ = 0;
};

}  // namespace aihub::db
