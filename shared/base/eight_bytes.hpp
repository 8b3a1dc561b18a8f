// Eight bytes of text at a time in one word: for what every request's every byte is looked at. Pure.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aihub::eight_bytes {

inline constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
inline constexpr std::uint64_t highs = ones << 7;

inline constexpr std::size_t width = sizeof(std::uint64_t);
// The shortest text that has words; those of four to seven bytes have one, with some of them twice.
inline constexpr std::size_t shortest = 4;

inline std::uint64_t load(std::string_view text, std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    return word;
}

inline std::uint64_t load_short(std::string_view text) {
    std::uint32_t first;
    std::uint32_t last;
    std::memcpy(&first, text.data(), sizeof first);
    std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
    return (std::uint64_t{first} << 32) | last;
}

inline void store(char* to, std::uint64_t word) {
    std::memcpy(to, &word, sizeof word);
}
// Copies a text of four to seven bytes.
inline void store_short(char* to, std::string_view text) {
    std::uint64_t word = load_short(text);
    auto first = static_cast<std::uint32_t>(word >> 32);
    auto last = static_cast<std::uint32_t>(word);
    std::memcpy(to, &first, sizeof first);
    std::memcpy(to + text.size() - sizeof last, &last, sizeof last);
}

// Of a word as load() gives it: which byte is the first whose high bit is set in `mask`. Not 0.
inline std::size_t first_byte(std::uint64_t mask) {
    static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
    return static_cast<std::size_t>(std::countr_zero(mask)) / 8;
}

// Whether `holds(words...)`, of the words at the same places of texts of one size, for all of them. The last
// may have bytes of the one before it again.
template <typename Holds, typename... Texts>
bool all(const Holds& holds, std::string_view first, const Texts&... others) {
    std::size_t size = first.size();
    if (size < width) return holds(load_short(first), load_short(others)...);
    for (std::size_t at = 0; at + width <= size; at += width)
        if (!holds(load(first, at), load(others, at)...)) return false;
    return size % width == 0 || holds(load(first, size - width), load(others, size - width)...);
}

// A byte's high bit is set where the byte is zero, or above such a byte: no false alarm without a true one.
inline std::uint64_t zero_bytes(std::uint64_t word) {
    return (word - ones) & ~word & highs;
}
inline std::uint64_t equal_bytes(std::uint64_t word, char c) {
    return zero_bytes(word ^ (ones * static_cast<unsigned char>(c)));
}
// The same of bytes below 0x20.
inline std::uint64_t control_bytes(std::uint64_t word) {
    return (word - ones * 0x20) & ~word & highs;
}

// ASCII letters in lower case; no other byte changes.
inline std::uint64_t lower(std::uint64_t word) {
    std::uint64_t low = word & ~highs;
    std::uint64_t from_a = low + ones * (0x80 - 'A');
    std::uint64_t beyond_z = low + ones * (0x7F - 'Z');
    std::uint64_t letters = (from_a ^ beyond_z) & ~word & highs;
    return word | (letters >> 2);
}

}  // namespace aihub::eight_bytes
