// Finds the token counts in a reply that streams by, from its last kilobyte: OpenAI's and Anthropic's
// "usage", Ollama's final counts. A parse of the whole reply would cost a quarter of the request; the counts
// stand at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::serve {

struct TokenCounts {
    std::optional<std::uint64_t> in;
    std::optional<std::uint64_t> out;
};

class UsageScan {
public:
    void feed(std::string_view piece);
    // Counts that are known otherwise: what was fed no longer matters.
    void set(TokenCounts counts) { known_ = counts; }
    TokenCounts counts() const;

private:
    std::string tail_;
    std::optional<TokenCounts> known_;
};

}  // namespace aihub::serve
