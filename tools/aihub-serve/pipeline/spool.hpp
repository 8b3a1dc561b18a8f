// What has passed of a request body, kept so that it can be sent again: in memory up to a threshold, then in
// a file without a name, which vanishes with its last descriptor. One a request, on its loop; the disk is
// touched on the offload pool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/files.hpp"
#include "tools/aihub-serve/net/offload.hpp"

namespace aihub::serve {

struct SpoolLimits {
    std::size_t memory = 64 * 1024;
    std::uint64_t total = 200ULL * 1024 * 1024;  // beyond it nothing is kept
    std::string folder;                          // where the file is made; empty: no file, memory only
};

class Spool {
public:
    Spool(net::Loop& loop, net::Offload& offload, const SpoolLimits& limits)
        : loop_(loop), offload_(offload), limits_(limits) {}

    // Keeps a copy. Once something could not be kept (limit, full disk) nothing more is: complete() is false.
    // What a full disk had taken until then can still be read.
    net::Task<void> add(std::string_view piece);
    bool complete() const { return complete_; }
    std::uint64_t size() const { return size_; }
    std::string_view in_memory() const { return memory_; }

    // Reads on from `offset` into `buffer`; an empty text at the end of what is kept. False when the disk
    // failed.
    net::Task<bool> read(std::uint64_t offset, std::string& buffer, std::string_view& piece);

private:
    bool open_file();
    bool write_file(std::string_view piece);

    net::Loop& loop_;
    net::Offload& offload_;
    const SpoolLimits& limits_;
    std::string memory_;  // the beginning: limits_.memory bytes at most
    UniqueFd file_;       // the rest
    std::uint64_t size_ = 0;
    bool complete_ = true;
};

}  // namespace aihub::serve
