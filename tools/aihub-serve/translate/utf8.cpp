#include "tools/aihub-serve/translate/utf8.hpp"

#include <array>

namespace aihub::translate {
namespace {

// RFC 3629: which second bytes a first byte allows, so that nothing is longer than needed, a surrogate or
// beyond Unicode.
struct Lead {
    unsigned char first, last;      // of the first byte
    unsigned char lowest, highest;  // of the second
    std::size_t length;
};
constexpr std::array leads = {
    Lead{0x00, 0x7F, 0x00, 0x00, 1}, Lead{0xC2, 0xDF, 0x80, 0xBF, 2}, Lead{0xE0, 0xE0, 0xA0, 0xBF, 3},
    Lead{0xE1, 0xEC, 0x80, 0xBF, 3}, Lead{0xED, 0xED, 0x80, 0x9F, 3}, Lead{0xEE, 0xEF, 0x80, 0xBF, 3},
    Lead{0xF0, 0xF0, 0x90, 0xBF, 4}, Lead{0xF1, 0xF3, 0x80, 0xBF, 4}, Lead{0xF4, 0xF4, 0x80, 0x8F, 4},
};

}  // namespace

Utf8 first_character(std::string_view text) {
    auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (const Lead& lead : leads) {
        if (text.empty() || byte(0) < lead.first || byte(0) > lead.last) continue;
        for (std::size_t at = 1; at < lead.length; ++at) {
            if (at == text.size()) return {0, true};
            unsigned char lowest = at == 1 ? lead.lowest : 0x80, highest = at == 1 ? lead.highest : 0xBF;
            if (byte(at) < lowest || byte(at) > highest) return {0, false};
        }
        return {lead.length, false};
    }
    return {0, false};
}

void append_utf8(std::string& out, std::uint32_t code_point) {
    auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    auto rest = [&](int shift) { put(0x80 | ((code_point >> shift) & 0x3F)); };
    if (code_point < 0x80) return put(code_point);
    if (code_point < 0x800) return put(0xC0 | (code_point >> 6)), rest(0);
    if (code_point < 0x10000) return put(0xE0 | (code_point >> 12)), rest(6), rest(0);
    put(0xF0 | (code_point >> 18)), rest(12), rest(6), rest(0);
}

}  // namespace aihub::translate
