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

    // Whether `arrived`, of which a strict decoder made `payload` where it lies, is payload in this frame:
    // then it can go on as it is.
    bool is_around(std::string_view payload, std::string_view arrived) const {
        return length_ > 0 && arrived.size() == length_ + payload.size() + after().size() &&
               arrived.data() + length_ == payload.data() && arrived.starts_with(before());
    }

private:
    std::array<char, 24> size_{};
    std::size_t length_ = 0;
};

}  // namespace aihub::serve
