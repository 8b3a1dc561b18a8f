#include "tools/aihub-serve/pipeline/transcript_scan.hpp"

#include <charconv>
#include <cmath>
#include <utility>

namespace aihub::serve {
namespace {

constexpr std::size_t longest_word = 32;

// Some servers write the number as a text.
std::optional<std::int64_t> ms_of_seconds(std::string_view text) {
    constexpr double most = 1e9;
    double seconds = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    bool is_number = failed == std::errc() && end == text.data() + text.size();
    if (!is_number || !(seconds > 0) || seconds > most) return std::nullopt;
    return std::llround(seconds * 1000);
}

}  // namespace

void TranscriptScan::feed(std::string_view piece) {
    for (char c : piece) take(c);
}

void TranscriptScan::take(char c) {
    if (by_line_ && c == '\n') return begin_line();
    if (in_text_) return take_text(c);
    switch (c) {
        case '"':
            in_text_ = true;
            word_.clear();
            break;
        case '{':
        case '[':
            open(c);
            break;
        case '}':
        case ']':
            end_value();
            if (depth_ > 0) --depth_;
            in_usage_ = in_usage_ && depth_ >= 2;
            break;
        case ',':
            end_value();
            break;
        case ':':
            key_ = std::exchange(word_, {});
            break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            break;
        default:
            if (word_.size() < longest_word) word_.push_back(c);
    }
}

void TranscriptScan::take_text(char c) {
    if (escaped_) {
        escaped_ = false;
    } else if (c == '\\') {
        escaped_ = true;
    } else if (c == '"') {
        in_text_ = false;
        return;
    }
    if (word_.size() < longest_word) word_.push_back(c);
}

void TranscriptScan::open(char bracket) {
    ++depth_;
    if (depth_ == 2) in_usage_ = bracket == '{' && key_ == "usage";
    key_.clear();
    word_.clear();
}

void TranscriptScan::end_value() {
    bool may_count = depth_ == 1 || (depth_ == 2 && in_usage_);
    if (may_count && !key_.empty()) note(word_);
    key_.clear();
    word_.clear();
}

void TranscriptScan::begin_line() {
    depth_ = 0;
    in_text_ = escaped_ = in_usage_ = false;
    key_.clear();
    word_.clear();
}

void TranscriptScan::note(std::string_view value) {
    if (in_usage_) {
        if (key_ == "type" && value == "tokens") counts_tokens_ = true;
        if (key_ != "seconds") return;
        if (std::optional<std::int64_t> ms = ms_of_seconds(value)) usage_ms_ = ms;
    } else if (key_ == "duration") {
        if (std::optional<std::int64_t> ms = ms_of_seconds(value)) duration_ms_ = ms;
    }
}

}  // namespace aihub::serve
