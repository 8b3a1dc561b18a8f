// What JSON text is made of, byte by byte. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace aihub::translate {

// Stands for itself inside a JSON string, and is ASCII.
inline bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

// How many plain bytes `text` begins with. Eight at a time, because a picture is millions of them.
inline std::size_t plain_length(std::string_view text) {
    constexpr std::uint64_t ones = 0x0101010101010101, highs = ones * 0x80;
    auto any_zero = [](std::uint64_t word) { return (word - ones) & ~word & highs; };
    std::size_t at = 0;
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        std::uint64_t control = (word - ones * 0x20) & ~word & highs;
        if ((word & highs) | control | any_zero(word ^ (ones * '"')) | any_zero(word ^ (ones * '\\'))) break;
    }
    while (at < text.size() && is_plain(static_cast<unsigned char>(text[at]))) ++at;
    return at;
}

struct Utf8 {
    std::size_t length;  // of the character that the text begins with; 0: it is none
    bool cut;            // the text ends within what may be one
};
Utf8 first_character(std::string_view text);

void append_utf8(std::string& out, std::uint32_t code_point);

}  // namespace aihub::translate
