#include "tools/aihub-serve/translate/number_lists.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "shared/base/strings.hpp"

namespace aihub::translate {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char* past_spaces(const char* at, const char* end) {
    while (at < end && is_space(*at)) ++at;
    return at;
}

const char* past_digits(const char* at, const char* end) {
    while (at < end && is_digit(*at)) ++at;
    return at;
}

// Behind at least one digit, or null.
const char* past_some_digits(const char* at, const char* end) {
    const char* past = past_digits(at, end);
    return past == at ? nullptr : past;
}

const char* past_exponent(const char* at, const char* end) {
    if (at == end || (*at != 'e' && *at != 'E')) return at;
    if (++at < end && (*at == '+' || *at == '-')) ++at;
    return past_some_digits(at, end);
}

// Behind the number (RFC 8259 section 6) that begins at `at`, or null.
const char* past_number(const char* at, const char* end) {
    if (at < end && *at == '-') ++at;
    bool zero = at < end && *at == '0';
    at = zero ? at + 1 : past_some_digits(at, end);
    if (at && at < end && *at == '.') at = past_some_digits(at + 1, end);
    return at ? past_exponent(at, end) : nullptr;
}

// The closing bracket of the list of numbers whose content begins at `at`, or null when it is no such list.
const char* end_of_list(const char* at, const char* end) {
    for (;; ++at) {
        at = past_number(past_spaces(at, end), end);
        if (!at) return nullptr;
        at = past_spaces(at, end);
        if (at == end || (*at != ',' && *at != ']')) return nullptr;
        if (*at == ']') return at;
    }
}

// Behind the string that begins at `at`, or the end.
const char* past_string(const char* at, const char* end) {
    for (++at; at < end && *at != '"'; ++at)
        if (*at == '\\') ++at;
    return at < end ? at + 1 : end;
}

std::string base64_of(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        std::uint32_t group = 0;
        for (std::size_t i = 0; i < 3; ++i)
            group = group << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0u);
        for (std::size_t i = 0; i < 4; ++i)
            out.push_back(i <= count ? digits[group >> (18 - 6 * i) & 63] : '=');
    }
    return out;
}

void append_bytes(std::string& out, float number) {
    auto bits = std::bit_cast<std::uint32_t>(number);
    for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(bits >> shift & 255));
}

float float_at(const char* bytes) {
    std::uint32_t bits = 0;
    for (int i = 3; i >= 0; --i) bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
    return std::bit_cast<float>(bits);
}

}  // namespace

CutText cut_number_lists(std::string_view text) {
    CutText cut;
    const char* end = text.data() + text.size();
    const char* kept = text.data();
    for (const char* at = kept; at < end;) {
        const char* close = *at == '[' ? end_of_list(at + 1, end) : nullptr;
        if (!close) {
            at = *at == '"' ? past_string(at, end) : at + 1;
            continue;
        }
        cut.text.append(kept, at).append("\"#" + std::to_string(cut.lists.size()) + '"');
        cut.lists.emplace_back(at + 1, static_cast<std::size_t>(close - at - 1));
        at = kept = close + 1;
    }
    cut.text.append(kept, end);
    return cut;
}

std::optional<std::string> floats_in_base64(std::string_view list) {
    std::string bytes;
    const char* end = list.data() + list.size();
    for (const char* at = past_spaces(list.data(), end); at < end;) {
        float number = 0;
        auto [past, problem] = std::from_chars(at, end, number);
        // What is too small or too large for 32 bits is zero or infinite in them; the last is no embedding.
        if (problem == std::errc::result_out_of_range)
            number = std::strtof(std::string(at, past).c_str(), nullptr);
        else if (problem != std::errc())
            return std::nullopt;
        if (!std::isfinite(number)) return std::nullopt;
        append_bytes(bytes, number);
        at = past_spaces(past, end);
        if (at < end && *at != ',') return std::nullopt;
        at = past_spaces(at < end ? at + 1 : at, end);
    }
    return base64_of(bytes);
}

std::optional<std::string> floats_from_base64(std::string_view base64) {
    auto bytes = decode_base64(base64);
    if (!bytes || bytes->size() % 4 != 0) return std::nullopt;
    std::string list;
    for (std::size_t at = 0; at < bytes->size(); at += 4) {
        float number = float_at(bytes->data() + at);
        if (!std::isfinite(number)) return std::nullopt;
        char text[32];
        auto written = std::to_chars(text, text + sizeof text, number);
        if (at > 0) list.push_back(',');
        list.append(text, written.ptr);
    }
    return list;
}

}  // namespace aihub::translate
