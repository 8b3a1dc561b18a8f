// Takes the access log's place, while that is no file, for what happened and is not in the database yet: the
// lines of such requests, until their rows are written. Two files in the journal folder take turns, so that
// neither grows for as long as there is work: one is emptied when all that it tells of is written. Any
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "shared/base/files.hpp"
#include "shared/base/result.hpp"

namespace aihub::serve {

class UsageJournal {
public:
    UsageJournal() = default;
    ~UsageJournal();
    UsageJournal(const UsageJournal&) = delete;

    // io when the folder cannot be written. Before any other call.
    Result<void> open(const std::string& folder);
    bool is_open() const { return static_cast<bool>(files_[0].file); }

    // Lines that tell of the rows `ids`.
    void add(std::string_view lines, std::span<const std::int64_t> ids);
    // Those rows need no line any more.
    void let_go(std::span<const std::int64_t> ids);

    static constexpr std::string_view prefix = "usage-";

private:
    struct File {
        std::string path;
        UniqueFd file;
        std::size_t size = 0;
        std::unordered_set<std::int64_t> rows;  // that are not written yet
    };

    std::mutex mutex_;
    std::array<File, 2> files_;
    std::size_t current_ = 0;
};

}  // namespace aihub::serve
