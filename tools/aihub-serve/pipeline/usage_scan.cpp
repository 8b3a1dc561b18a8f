#include "tools/aihub-serve/pipeline/usage_scan.hpp"

#include <initializer_list>

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t tail_size = 1024;

// The number behind the last `"name":`.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name) {
    std::size_t at = text.rfind(name);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + name.size());
    std::size_t start = text.find_first_not_of(" :\t");
    if (start == std::string_view::npos) return std::nullopt;
    text.remove_prefix(start);
    return parse_unsigned(text.substr(0, text.find_first_not_of("0123456789")));
}

std::optional<std::uint64_t> first_of(std::string_view text, std::initializer_list<std::string_view> names) {
    for (std::string_view name : names)
        if (std::optional<std::uint64_t> number = number_after(text, name)) return number;
    return std::nullopt;
}

}  // namespace

void UsageScan::feed(std::string_view piece) {
    if (piece.size() >= tail_size) {
        tail_.assign(piece.substr(piece.size() - tail_size));
        return;
    }
    if (tail_.size() + piece.size() > tail_size) tail_.erase(0, tail_.size() + piece.size() - tail_size);
    tail_.append(piece);
}

TokenCounts UsageScan::counts() const {
    if (known_) return *known_;
    return {first_of(tail_, {"\"prompt_tokens\"", "\"input_tokens\"", "\"prompt_eval_count\""}),
            first_of(tail_, {"\"completion_tokens\"", "\"output_tokens\"", "\"eval_count\""})};
}

}  // namespace aihub::serve
