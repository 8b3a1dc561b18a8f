// Small text functions. Pure, any thread. ASCII only where case matters (HTTP is ASCII: RFC 9110 5.1).
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub {

// Equal but for ASCII case. The length decides nearly always, so it is looked at in line.
bool iequals_of_one_length(std::string_view a, std::string_view b);
inline bool iequals(std::string_view a, std::string_view b) {
    return a.size() == b.size() && iequals_of_one_length(a, b);
}
bool istarts_with(std::string_view text, std::string_view prefix);
std::string to_lower(std::string_view text);

// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);

// The pieces between separators; "a,,b" gives three, "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);
// As split, each piece trimmed, empty ones left out: for lists in settings.
std::vector<std::string> split_list(std::string_view text, char separator = ',');

// The whole text as a number; nothing for an empty text, a sign, a blank or an overflow.
std::optional<std::uint64_t> parse_unsigned(std::string_view text, int base = 10);

// RFC 4648; nothing when a character or the length is wrong. Padding is optional.
std::optional<std::string> decode_base64(std::string_view text);
// %XX decoded; nothing when an escape is malformed.
std::optional<std::string> decode_percent(std::string_view text);

// Text as the inside of a JSON string literal (RFC 8259 section 7), appended to `out`. Bytes that are
// no valid UTF-8 become U+FFFD, so that a log line is always valid JSON.
void append_json_escaped(std::string& out, std::string_view text);
// The same into memory, of which it needs six times the text's size at most; returns its end.
char* write_json_escaped(char* at, std::string_view text);
// Copies a text that stands in a JSON string as it is. False where it does not: then what was written is
// void.
bool copy_json_plain(char* to, std::string_view text);
// How many bytes at the start of `text` stand in a JSON string as they are.
std::size_t json_plain_prefix(std::string_view text);

// A non-negative count of thousandths as a decimal number, 1234 as 1.234 (times in logs and headers), written
// to `at`, which has room for 24 characters; negative counts as 0. Returns the end.
char* write_thousandths(char* at, std::int64_t value);

// Control bytes as \xNN: what another machine sent must not drive a terminal.
std::string printable(std::string_view text);

}  // namespace aihub
