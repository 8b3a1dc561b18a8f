// read_json(): a reader of its own, because nlohmann's takes each byte of a picture through four functions
// and compares each name of an object with all before it; the values are nlohmann's.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/utf8.hpp"

namespace aihub::translate {
namespace {

constexpr std::size_t max_depth = 512;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A name of `members` that is there twice; empty when there is none (an empty name counts as " ").
std::string_view name_twice(const Json::object_t& members) {
    std::vector<std::string_view> names;
    names.reserve(members.size());
    for (const auto& [name, value] : members) names.push_back(name.empty() ? std::string_view(" ") : name);
    std::sort(names.begin(), names.end());
    auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() ? std::string_view() : *twice;
}

// Every function takes something from the front of the text; false: it is not there, and problem_ says why.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<Json> read() {
        Json value;
        bool good = take_value(value) && take_end();
        if (good) return value;
        if (cut_) return Error(ErrorCode::corrupt, "the JSON ends too early");
        return Error(ErrorCode::invalid_input,
                     "the JSON cannot be read: " + problem_ + " at byte " + std::to_string(at_ + 1));
    }

private:
    bool wrong(std::string problem = "it is malformed") {
        problem_ = std::move(problem);
        return false;
    }

    // What is wrong here is either that the text ends or what stands there.
    bool missing() {
        cut_ = at_ == text_.size();
        return wrong();
    }

    std::string_view rest() const { return text_.substr(at_); }
    bool is_next(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool skip(char c) {
        bool there = is_next(c);
        at_ += there;
        return there;
    }

    void skip_space() {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }

    bool take_end() {
        skip_space();
        return at_ == text_.size() || wrong();
    }

    bool take_value(Json& value) {
        skip_space();
        if (at_ == text_.size()) return missing();
        switch (text_[at_]) {
            case '{':
                return enter() && take_object(value) && leave();
            case '[':
                return enter() && take_array(value) && leave();
            case '"':
                return take_string(*(value = std::string()).get_ptr<std::string*>());
            case 't':
                return take_word("true", true, value);
            case 'f':
                return take_word("false", false, value);
            case 'n':
                return take_word("null", nullptr, value);
            default:
                return take_number(value);
        }
    }

    bool enter() {
        ++at_;
        return ++depth_ <= max_depth || wrong("it is nested more than 512 deep");
    }
    bool leave() {
        --depth_;
        return true;
    }

    bool take_object(Json& value) {
        auto& members = *(value = Json::object()).get_ptr<Json::object_t*>();
        skip_space();
        if (skip('}')) return true;
        do {
            skip_space();
            if (!is_next('"')) return missing();
            std::string name;
            if (!take_string(name)) return false;
            skip_space();
            if (!skip(':')) return missing();
            members.emplace_back(std::move(name), nullptr);
            if (!take_value(members.back().second)) return false;
            skip_space();
        } while (skip(','));
        if (!skip('}')) return missing();
        std::string_view twice = name_twice(members);
        return twice.empty() || wrong("the member \"" + printable(twice.substr(0, 64)) + "\" is there twice");
    }

    bool take_array(Json& value) {
        auto& list = *(value = Json::array()).get_ptr<Json::array_t*>();
        skip_space();
        if (skip(']')) return true;
        do {
            if (!take_value(list.emplace_back())) return false;
            skip_space();
        } while (skip(','));
        return skip(']') || missing();
    }

    bool take_word(std::string_view word, Json meaning, Json& value) {
        for (char c : word)
            if (!skip(c)) return missing();
        value = std::move(meaning);
        return true;
    }

    bool take_string(std::string& out) {
        ++at_;
        while (!skip('"')) {
            std::size_t plain = plain_length(rest());
            out.append(text_, at_, plain);
            at_ += plain;
            if (at_ == text_.size()) return missing();
            if (text_[at_] == '"') continue;
            if (!(text_[at_] == '\\' ? take_escape(out) : take_character(out))) return false;
        }
        return true;
    }

    // Beyond ASCII; a control character is wrong here.
    bool take_character(std::string& out) {
        if (static_cast<unsigned char>(text_[at_]) < 0x20) return wrong();
        Utf8 character = first_character(rest());
        cut_ = character.cut;
        if (character.length == 0) return wrong("it is no UTF-8");
        out.append(text_, at_, character.length);
        at_ += character.length;
        return true;
    }

    bool take_escape(std::string& out) {
        ++at_;
        if (at_ == text_.size()) return missing();
        if (skip('u')) return take_code(out);
        constexpr std::string_view letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
        std::size_t which = letters.find(text_[at_]);
        if (which == std::string_view::npos) return wrong();
        out.push_back(meanings[which]);
        ++at_;
        return true;
    }

    bool take_code(std::string& out) {
        std::uint32_t code = 0, low = 0;
        if (!take_hex(code)) return false;
        if (code >= 0xDC00 && code <= 0xDFFF) return wrong("half a character");
        if (code >= 0xD800 && code <= 0xDBFF) {
            if (!skip('\\') || !skip('u')) return missing();
            if (!take_hex(low)) return false;
            if (low < 0xDC00 || low > 0xDFFF) return wrong("half a character");
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        append_utf8(out, code);
        return true;
    }

    bool take_hex(std::uint32_t& code) {
        for (int digit = 0; digit < 4; ++digit) {
            if (at_ == text_.size()) return missing();
            std::uint32_t value = 0;
            const char* here = text_.data() + at_;
            if (std::from_chars(here, here + 1, value, 16).ec != std::errc()) return wrong();
            code = code * 16 + value;
            ++at_;
        }
        return true;
    }

    bool take_digits() {
        if (at_ == text_.size() || !is_digit(text_[at_])) return missing();
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        return true;
    }

    bool take_number(Json& value) {
        std::size_t start = at_;
        skip('-');
        if (!skip('0') && !take_digits()) return false;
        std::size_t whole = at_;
        if (skip('.') && !take_digits()) return false;
        if (skip('e') || skip('E')) {
            if (!skip('+')) skip('-');
            if (!take_digits()) return false;
        }
        std::string_view digits = text_.substr(start, at_ - start);
        return (at_ == whole && take_whole(digits, value)) || take_float(digits, value);
    }

    static bool take_whole(std::string_view digits, Json& value) {
        std::uint64_t positive = 0;
        std::int64_t negative = 0;
        const char* end = digits.data() + digits.size();
        if (digits.front() == '-') {
            bool fits = std::from_chars(digits.data(), end, negative).ec == std::errc();
            if (fits) value = negative;
            return fits;
        }
        bool fits = std::from_chars(digits.data(), end, positive).ec == std::errc();
        if (fits) value = positive;
        return fits;
    }

    // By way of the C library, which gives the nearest number to what is too small for one.
    bool take_float(std::string_view digits, Json& value) {
        double number = std::strtod(std::string(digits).c_str(), nullptr);
        if (std::isinf(number)) return wrong("a number is too large");
        value = number;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
    bool cut_ = false;
    std::string problem_;
};

}  // namespace

Result<Json> read_json(std::string_view text) {
    return Reader(text).read();
}

}  // namespace aihub::translate
