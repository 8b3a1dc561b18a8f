// Rows of usage that wait on disk for the database: a line each, in order. Two gateways may share the file
// while one hands over to the other; a lock keeps their changes apart, a file that one has read to its end is
// removed, so that the other notices, and rows are known by their ids, so that both may take the same ones.
// One thread; blocking.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "shared/base/files.hpp"
#include "shared/base/result.hpp"
#include "shared/db/usage.hpp"

namespace aihub::serve {

class UsageSpool {
public:
    explicit UsageSpool(std::string path) : path_(std::move(path)) {}

    // Appends rows from the first on, as many as fit below `limit` bytes; returns how many. io when the file
    // cannot be written: then none is there.
    Result<std::size_t> add(std::span<const db::Usage> rows, std::uint64_t limit);

    // What waits behind those that were passed.
    std::uint64_t size() const;

    struct Piece {
        std::vector<db::Usage> rows;
        std::size_t damaged = 0;  // lines that tell of no row
        std::uint64_t end = 0;
    };
    // The first rows, at most so many.
    Result<Piece> first(std::size_t most);
    // They are in the database. The file goes with the last one.
    void pass(const Piece& piece);

private:
    Result<std::size_t> append(std::span<const db::Usage> rows, std::uint64_t limit);
    Result<void> lock();
    void unlock();
    bool is_in_place() const;

    std::string path_;
    UniqueFd file_;
    std::uint64_t passed_ = 0;  // bytes
};

}  // namespace aihub::serve
