#include "shared/accesslog/unescape.hpp"

#include <cstdint>
#include <cstring>
#include <optional>

namespace aihub::accesslog {
namespace {

constexpr std::uint32_t replacement = 0xFFFD;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::uint32_t> hex(std::string_view text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        int digit = hex_digit(text[i]);
        if (digit < 0) return std::nullopt;
        value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
}

char* write_utf8(char* to, std::uint32_t code) {
    auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
        *to++ = static_cast<char>(code);
        return to;
    }
    if (code < 0x800) {
        *to++ = static_cast<char>(0xC0 | (code >> 6));
    } else if (code < 0x10000) {
        *to++ = static_cast<char>(0xE0 | (code >> 12));
        *to++ = tail(6);
    } else {
        *to++ = static_cast<char>(0xF0 | (code >> 18));
        *to++ = tail(12);
        *to++ = tail(6);
    }
    *to++ = tail(0);
    return to;
}

// Of "u" and what follows: the code point, and how many bytes it took; half of a pair stands for itself
// alone.
std::uint32_t code_point(std::string_view text, std::size_t& taken) {
    std::uint32_t first = *hex(text.substr(1), 4);
    taken = 5;
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || !text.substr(5).starts_with("\\u")) return replacement;
    std::optional<std::uint32_t> second = hex(text.substr(7), 4);
    if (!second || *second < 0xDC00 || *second > 0xDFFF) return replacement;
    taken = 11;
    return 0x10000 + ((first - 0xD800) << 10) + (*second - 0xDC00);
}

char simple_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        default:
            return '\0';
    }
}

// Writes what the escape at the start of `text` (after its backslash) stands for; returns how long it is.
std::size_t write_escape(char*& to, std::string_view text) {
    if (text.empty()) return *to++ = '\\', 0;
    if (char c = simple_escape(text[0])) return *to++ = c, 1;
    if (text[0] == 'u' && hex(text.substr(1), 4)) {
        std::size_t taken = 0;
        to = write_utf8(to, code_point(text, taken));
        return taken;
    }
    if (text[0] == 'x')
        if (std::optional<std::uint32_t> byte = hex(text.substr(1), 2))
            return *to++ = static_cast<char>(*byte), 3;
    *to++ = '\\';
    return 0;
}

}  // namespace

std::string_view Unescaped::add(std::string_view raw) {
    char* begin = texts_.data() + used_;
    char* to = begin;
    while (!raw.empty()) {
        std::size_t plain = std::min(raw.find('\\'), raw.size());
        std::memcpy(to, raw.data(), plain);
        to += plain;
        raw.remove_prefix(plain);
        if (raw.empty()) break;
        raw.remove_prefix(1);
        raw.remove_prefix(write_escape(to, raw));
    }
    used_ += static_cast<std::size_t>(to - begin);
    return std::string_view(begin, static_cast<std::size_t>(to - begin));
}

}  // namespace aihub::accesslog
