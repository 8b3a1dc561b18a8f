// What stands around a piece of payload on its way to a client: its size and its end in the chunked coding,
// nothing in any other and around nothing. Has to outlive the write.
#pragma once

#include <array>
#include <string_view>

#include "shared/http/chunked.hpp"

namespace aihub::serve {

class ChunkFrame {
public:
    ChunkFrame() = default;
    ChunkFrame(bool chunked, std::string_view payload) {
        if (chunked && !payload.empty()) length_ = http::write_chunk_size(size_.data(), payload.size());
    }

    std::string_view before() const { return {size_.data(), length_}; }
    std::string_view after() const { return length_ > 0 ? "\r\n" : ""; }

private:
    std::array<char, 24> size_{};
    std::size_t length_ = 0;
};

}  // namespace aihub::serve
