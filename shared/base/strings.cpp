#include "shared/base/strings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "shared/base/eight_bytes.hpp"

namespace aihub {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

constexpr char hex_digits[] = "0123456789abcdef";

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_json_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

// Whether all of eight bytes are plain.
bool are_json_plain(std::uint64_t word) {
    using namespace eight_bytes;
    return (control_bytes(word) | (word & highs) | equal_bytes(word, '"') | equal_bytes(word, '\\') |
            equal_bytes(word, '\x7F')) == 0;
}

// Length of the valid UTF-8 sequence at the start of `text` (RFC 3629), 0 when there is none.
std::size_t utf8_length(std::string_view text) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
    unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!tail(1) || !tail(2)) return 0;
        if (first == 0xE0 && byte(1) < 0xA0) return 0;
        if (first == 0xED && byte(1) > 0x9F) return 0;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!tail(1) || !tail(2) || !tail(3)) return 0;
        if (first == 0xF0 && byte(1) < 0x90) return 0;
        if (first == 0xF4 && byte(1) > 0x8F) return 0;
        return 4;
    }
    return 0;
}

}  // namespace

bool iequals_of_one_length(std::string_view a, std::string_view b) {
    auto same = [](std::uint64_t x, std::uint64_t y) {
        return x == y || eight_bytes::lower(x) == eight_bytes::lower(y);
    };
    if (a.size() >= eight_bytes::shortest) return eight_bytes::all(same, a, b);
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

bool istarts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && iequals(text.substr(0, prefix.size()), prefix);
}

std::string to_lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = lower(c);
    return result;
}

std::string_view trim(std::string_view text) {
    auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    for (;;) {
        std::size_t at = text.find(separator);
        pieces.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return pieces;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string> split_list(std::string_view text, char separator) {
    std::vector<std::string> pieces;
    for (std::string_view piece : split(text, separator))
        if (std::string_view word = trim(piece); !word.empty()) pieces.emplace_back(word);
    return pieces;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text, int base) {
    std::uint64_t value = 0;
    if (text.empty() || hex_value(text.front()) < 0) return std::nullopt;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::string> decode_base64(std::string_view text) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string out;
    unsigned bits = 0;
    int held = 0;
    for (char c : text) {
        int value = base64_value(c);
        if (value < 0) return std::nullopt;
        bits = (bits << 6) | static_cast<unsigned>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<char>((bits >> held) & 0xFF));
        }
    }
    return out;
}

std::optional<std::string> decode_percent(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        int high = hex_value(text[i + 1]);
        int low = hex_value(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return out;
}

bool copy_json_plain(char* to, std::string_view text) {
    using namespace eight_bytes;
    if (text.size() < shortest)
        return std::all_of(text.begin(), text.end(), [&to](char c) {
            *to++ = c;
            return is_json_plain(static_cast<unsigned char>(c));
        });
    if (text.size() < width) {
        store_short(to, text);
        return are_json_plain(load_short(text));
    }
    std::size_t at = 0;
    for (; at + width <= text.size(); at += width) {
        std::uint64_t word = load(text, at);
        if (!are_json_plain(word)) return false;
        store(to + at, word);
    }
    std::uint64_t last = load(text, text.size() - width);
    store(to + text.size() - width, last);
    return are_json_plain(last);
}

std::size_t json_plain_prefix(std::string_view text) {
    using namespace eight_bytes;
    std::size_t i = 0;
    while (i + width <= text.size() && are_json_plain(load(text, i))) i += width;
    while (i < text.size() && is_json_plain(static_cast<unsigned char>(text[i]))) ++i;
    return i;
}

namespace {

// Gives the pieces of the escaped text to `put`.
template <typename Put>
void escape_json(std::string_view text, const Put& put) {
    while (!text.empty()) {
        std::size_t run = json_plain_prefix(text);
        put(text.substr(0, run));
        text.remove_prefix(run);
        if (text.empty()) return;
        auto c = static_cast<unsigned char>(text.front());
        std::size_t length = c < 0x80 ? 1 : utf8_length(text);
        if (c == '"' || c == '\\') {
            const char escaped[] = {'\\', text.front()};
            put(std::string_view(escaped, sizeof escaped));
        } else if (c < 0x80) {
            const char escaped[] = {'\\', 'u', '0', '0', hex_digits[c >> 4], hex_digits[c & 15]};
            put(std::string_view(escaped, sizeof escaped));
        } else {
            put(length > 0 ? text.substr(0, length) : "\\ufffd");
        }
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
    escape_json(text, [&out](std::string_view piece) { out.append(piece); });
}

char* write_json_escaped(char* at, std::string_view text) {
    escape_json(text, [&at](std::string_view piece) {
        std::memcpy(at, piece.data(), piece.size());
        at += piece.size();
    });
    return at;
}

char* write_thousandths(char* at, std::int64_t value) {
    value = std::max<std::int64_t>(0, value);
    at = std::to_chars(at, at + 20, value / 1000).ptr;
    *at++ = '.';
    for (std::int64_t unit = 100; unit > 0; unit /= 10) *at++ = static_cast<char>('0' + value / unit % 10);
    return at;
}

std::string printable(std::string_view text) {
    std::string out;
    for (char raw : text) {
        auto c = static_cast<unsigned char>(raw);
        if (c < 0x20 || c == 0x7F) {
            out.append("\\x");
            out.push_back(hex_digits[c >> 4]);
            out.push_back(hex_digits[c & 15]);
        } else {
            out.push_back(raw);
        }
    }
    return out;
}

}  // namespace aihub
