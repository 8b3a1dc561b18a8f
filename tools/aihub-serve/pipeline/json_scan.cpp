#include "tools/aihub-serve/pipeline/json_scan.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "shared/base/eight_bytes.hpp"
#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

// Longer keys and values are none that matter; keeping them would let a body fill the memory.
constexpr std::size_t most_text = 1024;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Windows programs write one before UTF-8; most JSON parsers read over it (RFC 8259 section 8.1).
bool is_of_byte_order_mark(char c) {
    return c == '\xEF' || c == '\xBB' || c == '\xBF';
}

bool is_of_base64(char c) {
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
}

// A picture or a sound: a long run without a blank or a letter beyond ASCII, which every language has.
bool looks_like_media(std::string_view run) {
    constexpr std::size_t longest_word = 512;
    return run.size() >= longest_word &&
           std::all_of(run.begin() + 64, run.begin() + longest_word, is_of_base64);
}

void append_utf8(std::string& out, std::uint32_t point) {
    auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | (point >> 6));
        put(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        put(0xE0 | (point >> 12));
        put(0x80 | ((point >> 6) & 0x3F));
        put(0x80 | (point & 0x3F));
    } else {
        put(0xF0 | (point >> 18));
        put(0x80 | ((point >> 12) & 0x3F));
        put(0x80 | ((point >> 6) & 0x3F));
        put(0x80 | (point & 0x3F));
    }
}

// Takes "XXXX" after "\u" from the front of `text`.
std::optional<std::uint32_t> take_unit(std::string_view& text) {
    if (text.size() < 4) return std::nullopt;
    std::optional<std::uint64_t> unit = parse_unsigned(text.substr(0, 4), 16);
    text.remove_prefix(4);
    if (!unit) return std::nullopt;
    return static_cast<std::uint32_t>(*unit);
}

// A code point after "\u", of one or two units (RFC 8259 section 7).
std::optional<std::uint32_t> take_point(std::string_view& text) {
    std::optional<std::uint32_t> high = take_unit(text);
    if (!high || *high < 0xD800 || *high > 0xDBFF || !text.starts_with("\\u")) return high;
    std::string_view rest = text.substr(2);
    std::optional<std::uint32_t> low = take_unit(rest);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return high;
    text = rest;
    return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
}

// The first quote or escape; `end` where there is none. Strings are short, or so long that memchr, at 30
// bytes a cycle, pays.
const char* find_quote_or_escape(const char* at, const char* end) {
    using namespace eight_bytes;
    std::string_view text(at, static_cast<std::size_t>(end - at));
    constexpr std::size_t short_text = 4 * width;
    for (std::size_t i = 0; i < short_text && i + width <= text.size(); i += width) {
        std::uint64_t word = load(text, i);
        std::uint64_t found = equal_bytes(word, '"') | equal_bytes(word, '\\');
        if (found != 0) return at + i + first_byte(found);
    }
    at += std::min(short_text, text.size() / width * width);
    if (at == end) return end;
    const void* quote = std::memchr(at, '"', static_cast<std::size_t>(end - at));
    const char* stop = quote ? static_cast<const char*>(quote) : end;
    const void* escape = std::memchr(at, '\\', static_cast<std::size_t>(stop - at));
    return escape ? static_cast<const char*>(escape) : stop;
}

}  // namespace

std::optional<std::string> unescape_json(std::string_view text) {
    constexpr std::string_view codes = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    std::string out;
    while (!text.empty()) {
        std::size_t plain = std::min(text.find('\\'), text.size());
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        text.remove_prefix(1);
        if (text.empty()) return std::nullopt;
        char code = text.front();
        text.remove_prefix(1);
        if (std::size_t at = codes.find(code); at != std::string_view::npos) {
            out.push_back(meanings[at]);
            continue;
        }
        std::optional<std::uint32_t> point;
        if (code == 'u') point = take_point(text);
        if (!point) return std::nullopt;
        append_utf8(out, *point);
    }
    return out;
}

void JsonScan::collect(char c) {
    if (text_.size() < most_text) text_.push_back(c);
}

void JsonScan::collect(std::string_view run) {
    text_.append(run.substr(0, most_text - text_.size()));
}

bool JsonScan::is_wanted() const {
    if (member_ == Member::options) return true;
    return state_ == State::in_key || (state_ == State::in_string && member_ != Member::other);
}

void JsonScan::note_text(std::string_view run) {
    bool is_text = state_ == State::nested_string || member_ == Member::other;
    if (is_text && state_ != State::in_key && !looks_like_media(run)) text_bytes_ += run.size();
}

// Runs to the end of a string literal or of the piece; text that nobody wants is not even copied.
const char* JsonScan::skip_string(const char* at, const char* end) {
    const char* begin = at;
    bool wanted = is_wanted();
    if (!escaped_ && at != end) {
        at = find_quote_or_escape(at, end);
        if (wanted) collect({begin, static_cast<std::size_t>(at - begin)});
    }
    for (; at != end; ++at) {
        char c = *at;
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            note_text({begin, static_cast<std::size_t>(at - begin)});
            if (member_ == Member::options && state_ != State::in_key) collect(c);
            end_string();
            return at + 1;
        }
        if (wanted) collect(c);
    }
    note_text({begin, static_cast<std::size_t>(at - begin)});
    return at;
}

Span* JsonScan::wanted_span() {
    if (state_ != State::in_string) return nullptr;
    if (member_ == Member::options) return &options_.span;
    return member_ == Member::model ? &model_span_ : member_ == Member::name ? &name_span_ : nullptr;
}

void JsonScan::feed(std::string_view text) {
    const char* at = text.data();
    const char* end = at + text.size();
    auto position = [&] { return fed_ + static_cast<std::uint64_t>(at - text.data()); };
    while (at != end && state_ != State::done && state_ != State::hopeless) {
        switch (state_) {
            case State::in_key:
            case State::in_string:
            case State::nested_string: {
                Span* span = wanted_span();
                at = skip_string(at, end);
                if (span) span->end = position();
                break;
            }
            case State::nested:
                at = skip_nested(at, end, position());
                break;
            default:
                position_ = position();
                take(*at++);
        }
    }
    fed_ += text.size();
}

void JsonScan::end_string() {
    if (state_ == State::nested_string) {
        state_ = State::nested;
    } else if (state_ == State::in_key) {
        end_key();
        state_ = State::colon;
    } else {
        std::optional<std::string> value = unescape_json(text_);
        if (value && value->empty()) value.reset();
        if (member_ == Member::model) model_ = std::move(value);
        if (member_ == Member::name) name_ = std::move(value);
        if (member_ == Member::options) options_.text = text_;
        state_ = State::after_value;
    }
}

void JsonScan::end_key() {
    std::string_view key = text_;
    std::string unescaped;
    if (key.find('\\') != std::string_view::npos) {
        unescaped = unescape_json(text_).value_or(std::string());
        key = unescaped;
    }
    member_ = Member::other;
    if (iequals(key, "model")) {
        member_ = Member::model;
        model_is_twofold_ = std::exchange(has_model_, true);
    } else if (iequals(key, "name")) {
        member_ = Member::name;
        name_is_twofold_ = std::exchange(has_name_, true);
    } else if (iequals(key, "stream")) {
        member_ = Member::stream;
    } else if (iequals(key, "stream_options")) {
        member_ = Member::options;
        options_.is_twofold = std::exchange(options_.present, true);
    }
}

void JsonScan::begin_value(char c) {
    text_.clear();
    if (member_ == Member::options) {
        options_.span.begin = position_;
        collect(c);
    }
    if (c == '"') {
        state_ = State::in_string;
        if (Span* span = wanted_span()) span->begin = position_;
    } else if (c == '{' || c == '[') {
        state_ = State::nested;
        depth_ = 1;
    } else {
        state_ = State::in_scalar;
        if (member_ != Member::options) collect(c);
    }
}

void JsonScan::end_options(std::uint64_t end) {
    options_.span.end = end;
    options_.text = text_;
}

void JsonScan::end_scalar() {
    if (member_ == Member::options) end_options(position_);
    if (member_ != Member::stream) return;
    if (text_ == "true") stream_ = true;
    if (text_ == "false") stream_ = false;
}

void JsonScan::take(char c) {
    switch (state_) {
        case State::before:
            object_begin_ = position_;
            if (c == '{')
                state_ = State::key_or_end;
            else if (!is_blank(c) && !is_of_byte_order_mark(c))
                state_ = State::hopeless;
            break;
        case State::key_or_end:
            if (c == '"') {
                text_.clear();
                state_ = State::in_key;
            } else if (c == '}') {
                state_ = State::done;
            } else if (!is_blank(c) && c != ',') {
                state_ = State::hopeless;
            }
            break;
        case State::colon:
            if (c == ':')
                state_ = State::value;
            else if (!is_blank(c))
                state_ = State::hopeless;
            break;
        case State::value:
            if (!is_blank(c)) begin_value(c);
            break;
        case State::in_scalar:
            if (c == ',' || c == '}' || is_blank(c)) {
                end_scalar();
                state_ = c == ',' ? State::key_or_end : c == '}' ? State::done : State::after_value;
            } else {
                collect(c);
            }
            break;
        case State::after_value:
            if (c == ',')
                state_ = State::key_or_end;
            else if (c == '}')
                state_ = State::done;
            else if (!is_blank(c))
                state_ = State::hopeless;
            break;
        default:
            break;
    }
}

// Runs to the next string inside an object or array, to its end, or to the end of the piece. `position` is of
// `at`.
const char* JsonScan::skip_nested(const char* at, const char* end, std::uint64_t position) {
    const char* begin = at;
    bool of_options = member_ == Member::options;
    while (at != end && state_ == State::nested) {
        char c = *at++;
        if (of_options) collect(c);
        if (c == '"')
            state_ = State::nested_string;
        else if (c == '{' || c == '[')
            ++depth_;
        else if ((c == '}' || c == ']') && --depth_ == 0)
            state_ = State::after_value;
    }
    if (of_options && state_ == State::after_value)
        end_options(position + static_cast<std::uint64_t>(at - begin));
    return at;
}

}  // namespace aihub::serve
