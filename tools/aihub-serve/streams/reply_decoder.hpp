// Where the body of a reply ends, and what in it is payload. One a reply; no I/O.
#pragma once

#include <algorithm>
#include <string_view>

#include "shared/http/chunked.hpp"
#include "shared/http/head.hpp"

namespace aihub::serve {

class ReplyDecoder {
public:
    using Step = http::ChunkDecoder::Step;

    // Not for a body that only the end of its connection ends.
    explicit ReplyDecoder(const http::ResponseHead& head)
        : chunked_(head.framing == http::Framing::chunked), left_(head.content_length) {}

    // Takes from the front of `input` what it could use, as ChunkDecoder does.
    Step step(std::string_view& input, std::string_view& payload) {
        if (chunked_) return chunks_.step(input, payload);
        if (left_ == 0) return Step::done;
        if (input.empty()) return Step::need_more;
        payload = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
        input.remove_prefix(payload.size());
        left_ -= payload.size();
        return Step::payload;
    }

private:
    bool chunked_;
    std::uint64_t left_;
    http::ChunkDecoder chunks_;
};

}  // namespace aihub::serve
