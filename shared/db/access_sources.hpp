// How far each access log was read. A log is known by its device, inode and the hash of its beginning, so
// that one that was renamed, copied, packed or truncated is told apart from a new one. Writers: whoever
// ingests logs, in the transaction of the rows. Blocking; never on a loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/database.hpp"

namespace aihub::db {

// Stored by number: append only.
enum class AccessSourceState : std::uint8_t {
    live = 0,      // it is what its path names
    rotated = 1,   // it lies beside, and was read to its end; its writer may have it open still
    complete = 2,  // nothing can come any more: it was packed, and was read to its end
};

struct AccessSource {
    std::int64_t id = 0;  // 0: not stored yet
    std::string path;     // the log that it is, or was
    std::string place;    // where the file was seen last, without symbolic links
    std::int64_t device = 0;
    std::int64_t inode = 0;
    std::int64_t prefix_length = 0;  // up to 1024, and never more than was read
    crypto::Digest prefix_hash{};    // of its first `prefix_length` bytes, unpacked
    std::int64_t position = 0;       // behind the last line that was read
    AccessSourceState state = AccessSourceState::live;
    std::int64_t lines = 0;
    std::int64_t bad_lines = 0;
    std::int64_t seen_ms = 0;

    bool operator==(const AccessSource&) const = default;
};

// By id.
Result<std::vector<AccessSource>> list_access_sources(Database& db);

// Lets `change` alter them in one transaction: those with id 0 are added, those that are gone are removed.
// Gives them as they are stored now.
Result<std::vector<AccessSource>> change_access_sources(
    Database& db, const std::function<Result<void>(std::vector<AccessSource>&)>& change);

}  // namespace aihub::db
