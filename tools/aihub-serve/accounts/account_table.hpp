// All accounts in little memory: a record of about 120 bytes each, one after the other, and an index by the
// hash of the token. Filled by one thread, then immutable and read by any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "shared/db/accounts.hpp"

namespace aihub::serve {

class AccountTable {
public:
    // Of two with the same hash the first counts.
    void add(const db::Account& account);
    // After the last one: from here on they are found.
    void finish();

    // Null: there is none.
    std::shared_ptr<const db::Account> find(const crypto::Digest& hash) const;
    // Only of keys that others were delegated from.
    std::optional<db::Account> find_parent(std::int64_t key_row) const;

    std::size_t size() const { return size_; }

private:
    using Place = std::uint32_t;  // of a record, plus 1; 0: none

    void index(Place place);
    db::Account unpack(Place place) const;

    std::string records_;
    std::vector<Place> index_;  // open addressing; a power of two, at most half full
    std::unordered_map<std::int64_t, Place> parents_;
    std::size_t size_ = 0;
};

}  // namespace aihub::serve
