// Token counts out of a reply: what stands at its end is found, in whatever pieces and after whatever else it
// comes.
#include <string>

#include "tests/fuzz/fuzz.hpp"
#include "tools/aihub-serve/pipeline/usage_scan.hpp"

using aihub::fuzz::require;
using aihub::serve::TokenCounts;
using aihub::serve::UsageScan;

namespace {

TokenCounts counts_in_pieces(std::string_view text) {
    UsageScan scan;
    aihub::fuzz::in_pieces(text, [&](std::string_view piece) { scan.feed(piece); });
    return scan.counts();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = aihub::fuzz::text_of(data, size);
    UsageScan whole;
    whole.feed(text);
    TokenCounts at_once = whole.counts();
    TokenCounts dribbled = counts_in_pieces(text);
    require(at_once.in == dribbled.in && at_once.out == dribbled.out, "pieces change nothing");
    return 0;
}
