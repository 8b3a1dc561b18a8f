#include "shared/cli/keys.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"
#include "shared/cli/utf8.hpp"

namespace aihub::cli {
namespace {

constexpr std::string_view paste_begins = "\x1b[200~";
constexpr std::string_view paste_ends = "\x1b[201~";
// No key is longer; what is, is noise, and must not hold up the keys behind it.
constexpr std::size_t longest_sequence = 32;

KeyKind control_key(char c) {
    switch (c) {
        case '\r':
        case '\n':
            return KeyKind::enter;
        case '\t':
            return KeyKind::tab;
        case 0x7F:
        case 0x08:
            return KeyKind::backspace;
        case 'A' & 0x1F:
            return KeyKind::home;
        case 'B' & 0x1F:
            return KeyKind::left;
        case 'D' & 0x1F:
            return KeyKind::end_of_input;
        case 'E' & 0x1F:
            return KeyKind::end;
        case 'F' & 0x1F:
            return KeyKind::right;
        case 'L' & 0x1F:
            return KeyKind::redraw;
        case 'N' & 0x1F:
            return KeyKind::down;
        case 'P' & 0x1F:
            return KeyKind::up;
        case 'U' & 0x1F:
            return KeyKind::erase_line;
        case 'W' & 0x1F:
            return KeyKind::erase_word;
        default:
            return KeyKind::unknown;
    }
}

// The letter that ends a sequence, after "ESC [" or "ESC O".
KeyKind lettered_key(char letter) {
    switch (letter) {
        case 'A':
        case 'Z':  // Shift-Tab
            return KeyKind::up;
        case 'B':
            return KeyKind::down;
        case 'C':
            return KeyKind::right;
        case 'D':
            return KeyKind::left;
        case 'H':
            return KeyKind::home;
        case 'F':
            return KeyKind::end;
        case 'M':  // Enter on the keypad
            return KeyKind::enter;
        default:
            return KeyKind::unknown;
    }
}

// "ESC [ 5 ~", and with a modifier "ESC [ 5 ; 2 ~".
KeyKind numbered_key(std::string_view parameters) {
    switch (parse_unsigned(split(parameters, ';').front()).value_or(0)) {
        case 1:
        case 7:
            return KeyKind::home;
        case 3:
            return KeyKind::remove;
        case 4:
        case 8:
            return KeyKind::end;
        case 5:
            return KeyKind::page_up;
        case 6:
            return KeyKind::page_down;
        default:
            return KeyKind::unknown;
    }
}

bool is_between(char c, char low, char high) {
    return c >= low && c <= high;
}

// Without what would be a key if it had been typed.
std::string as_text(std::string_view pasted) {
    std::string text;
    for (char c : pasted) {
        bool blank = c == '\n' || c == '\r' || c == '\t';
        bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        if (blank || !control) text.push_back(blank ? ' ' : c);
    }
    return text;
}

// How many bytes at the end of `text` may be the beginning of `ending`, or of a character.
std::size_t held_back(std::string_view text, std::string_view ending) {
    for (std::size_t length = std::min(text.size(), ending.size() - 1); length > 0; --length)
        if (text.ends_with(ending.substr(0, length))) return length;
    for (std::size_t length = 1; length <= std::min<std::size_t>(text.size(), 3); ++length)
        if (length_by_lead(text[text.size() - length]) > length) return length;
    return 0;
}

}  // namespace

void KeyDecoder::forget() {
    bytes_.clear();
    complete_ = pasting_ = false;
}

std::optional<Key> KeyDecoder::next() {
    if (pasting_) return pasted();
    if (bytes_.empty()) return complete_ = false, std::nullopt;
    Step found = step();
    if (found.length == 0) return std::nullopt;
    bool paste = std::string_view(bytes_).starts_with(paste_begins);
    bytes_.erase(0, found.length);
    pasting_ = paste;
    return paste ? next() : std::optional(found.key);
}

KeyDecoder::Step KeyDecoder::step() const {
    if (bytes_.front() == '\x1b') return escape_sequence();
    return character();
}

KeyDecoder::Step KeyDecoder::unfinished() const {
    if (complete_ || bytes_.size() > longest_sequence) return {bytes_.size(), {}};
    return {};
}

KeyDecoder::Step KeyDecoder::character() const {
    char first = bytes_.front();
    if (static_cast<unsigned char>(first) < 0x20 || first == 0x7F) return {1, {control_key(first)}};
    CodePoint point = first_code_point(bytes_);
    if (point.valid) return {point.length, {KeyKind::text, bytes_.substr(0, point.length)}};
    bool cut_off = bytes_.size() < length_by_lead(first) && !complete_;
    return {cut_off ? std::size_t{0} : 1, {}};
}

KeyDecoder::Step KeyDecoder::escape_sequence() const {
    if (bytes_.size() == 1) return {std::size_t{complete_}, {KeyKind::escape}};
    if (bytes_[1] == '\x1b') return {1, {KeyKind::escape}};
    if (bytes_[1] == '[') return control_sequence();
    if (bytes_[1] == 'O' && bytes_.size() == 2) return unfinished();
    if (bytes_[1] == 'O') return {3, {lettered_key(bytes_[2])}};
    return {1 + first_code_point(std::string_view(bytes_).substr(1)).length, {}};  // Alt and a key
}

// ECMA-48 5.4: parameters, intermediate bytes, a final byte.
KeyDecoder::Step KeyDecoder::control_sequence() const {
    std::size_t at = 2;
    while (at < bytes_.size() && is_between(bytes_[at], ' ', '?')) ++at;
    if (at == bytes_.size()) return unfinished();
    if (!is_between(bytes_[at], '@', '~')) return {at, {}};  // broken off: what follows stands for itself
    if (bytes_[at] == '[' && at == 2)                        // Linux's own console: "ESC [ [ A" is F1
        return bytes_.size() > 3 ? Step{4, {}} : unfinished();
    std::string_view parameters = std::string_view(bytes_).substr(2, at - 2);
    return {at + 1, {bytes_[at] == '~' ? numbered_key(parameters) : lettered_key(bytes_[at])}};
}

std::optional<Key> KeyDecoder::pasted() {
    std::size_t end = bytes_.find(paste_ends);
    bool ended = end != std::string::npos;
    if (!ended) end = bytes_.size() - held_back(bytes_, paste_ends);
    std::string text = as_text(std::string_view(bytes_).substr(0, end));
    bytes_.erase(0, ended ? end + paste_ends.size() : end);
    pasting_ = !ended;
    if (!text.empty()) return Key{KeyKind::paste, text};
    return ended ? next() : std::nullopt;
}

}  // namespace aihub::cli
