#include "tools/aihub-serve/pipeline/usage_scan.hpp"

#include <algorithm>
#include <initializer_list>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/find_word.hpp"
#include "tools/aihub-serve/pipeline/json_scan.hpp"

namespace aihub::serve {
namespace {

using translate::Api;

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t window = 1024;
constexpr std::size_t longest_line = 256 * 1024;
// Of text; what models make of it differs by language, and nobody can know it without their vocabulary.
constexpr std::uint64_t bytes_a_token = 4;

std::string_view value_after(std::string_view text, std::size_t name_end) {
    std::size_t value = text.find_first_not_of(" :\t", name_end);
    return value == npos ? std::string_view() : text.substr(value);
}

// The number of the last member of that name.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view name) {
    std::size_t at = text.rfind(name);
    if (at == npos) return std::nullopt;
    std::string_view value = value_after(text, at + name.size());
    return parse_unsigned(value.substr(0, value.find_first_not_of("0123456789")));
}

std::optional<std::uint64_t> first_of(std::string_view text, std::initializer_list<std::string_view> names) {
    for (std::string_view name : names)
        if (std::optional<std::uint64_t> number = number_after(text, name)) return number;
    return std::nullopt;
}

// What Anthropic leaves out of input_tokens.
constexpr std::string_view cache_read = "\"cache_read_input_tokens\"";
constexpr std::string_view cache_written = "\"cache_creation_input_tokens\"";

std::optional<std::uint64_t> tokens_in(std::string_view text) {
    return first_of(text, {"\"prompt_tokens\"", "\"input_tokens\"", "\"prompt_eval_count\""});
}

std::optional<std::uint64_t> tokens_out(std::string_view text) {
    return first_of(text, {"\"completion_tokens\"", "\"output_tokens\"", "\"eval_count\""});
}

// Where the first member of that name, from `at` on, that has text in it begins that text.
std::size_t text_of_member(std::string_view text, std::string_view name, std::size_t at) {
    while ((at = find_word(text, name, at)) != npos) {
        at += name.size();
        std::string_view value = value_after(text, at);
        if (value.size() > 1 && value[0] == '"' && value[1] != '"') return at;
    }
    return npos;
}

bool has_text(std::string_view text, std::string_view name) {
    return text_of_member(text, name, 0) != npos;
}

std::uint64_t texts(std::string_view text, std::string_view name) {
    std::uint64_t count = 0;
    for (std::size_t at = 0; (at = text_of_member(text, name, at)) != npos;) ++count;
    return count;
}

std::uint64_t occurrences(std::string_view text, std::string_view word) {
    std::uint64_t count = 0;
    for (std::size_t at = find_word(text, word); at != npos; at = find_word(text, word, at + word.size()))
        ++count;
    return count;
}

// Chunks that bring something; the one with the role and the one with the reason for the end bring nothing.
std::uint64_t full_deltas(std::string_view lines) {
    constexpr std::string_view word = "\"delta\":";
    std::uint64_t count = 0;
    for (std::size_t at = find_word(lines, word); at != npos; at = find_word(lines, word, at)) {
        at += word.size();
        std::string_view delta = lines.substr(at, lines.find('\n', at) - at);
        bool is_full = has_text(delta, "\"content\"") || has_text(delta, "\"reasoning_content\"") ||
                       has_text(delta, "\"reasoning\"") || has_text(delta, "\"arguments\"");
        count += is_full ? 1 : 0;
    }
    return count;
}

// What came of a stream, in pieces that are about a token each.
std::uint64_t parts_in(Api api, std::string_view lines) {
    switch (api) {
        case Api::chat:
            return full_deltas(lines);
        case Api::completions:
            return texts(lines, "\"text\"");
        case Api::messages:
            return occurrences(lines, "\"content_block_delta\"");
        case Api::responses:
            return occurrences(lines, ".delta\"");
        default:
            return 0;
    }
}

bool gives_text(Api api) {
    return api != Api::embeddings && api != Api::ollama_embed && api != Api::ollama_embeddings;
}

std::uint64_t tokens_of(std::uint64_t bytes) {
    return (bytes + bytes_a_token - 1) / bytes_a_token;
}

}  // namespace

void UsageScan::begin(std::optional<Api> api, std::string_view content_type) {
    *this = UsageScan();
    api_ = api;
    if (istarts_with(content_type, "text/event-stream"))
        form_ = Form::events;
    else if (istarts_with(content_type, "application/x-ndjson"))
        form_ = Form::lines;
}

void UsageScan::feed(std::string_view piece) {
    size_ += piece.size();
    if (transcript_) transcript_->feed(piece);
    if (form_ == Form::events) return feed_events(piece);
    if (form_ == Form::lines)
        parts_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    keep_ends(piece);
}

void UsageScan::keep_ends(std::string_view piece) {
    if (head_.size() < window) head_.append(piece.substr(0, window - head_.size()));
    if (piece.size() >= window) {
        tail_.assign(piece.substr(piece.size() - window));
        return;
    }
    if (tail_.size() + piece.size() > window) tail_.erase(0, tail_.size() + piece.size() - window);
    tail_.append(piece);
}

// Whole lines only, so that no word is cut. Nearly always the piece ends with one.
void UsageScan::feed_events(std::string_view piece) {
    if (tail_.empty() && piece.ends_with('\n')) return look_into(piece);
    tail_.append(piece);
    std::size_t end = tail_.size() > longest_line ? tail_.size() : tail_.rfind('\n') + 1;
    if (end == 0) return;
    look_into(std::string_view(tail_).substr(0, end));
    tail_.erase(0, end);
}

void UsageScan::look_into(std::string_view lines) {
    constexpr std::string_view word = "\"usage\"";
    if (api_) parts_ += parts_in(*api_, lines);
    for (std::size_t at = find_word(lines, word); at != npos;) {
        std::size_t next = find_word(lines, word, at + word.size());
        std::size_t begin = lines.substr(0, at).rfind('\n') + 1;
        std::size_t end = std::min(lines.find('\n', at), next);
        bool is_start = lines.substr(begin, at - begin).find("\"message_start\"") != npos;
        take_numbers(lines.substr(at, end - at), is_start);
        at = next;
    }
}

// The counts of a stream's start hold for what was asked; what was answered is still to come.
void UsageScan::take_numbers(std::string_view usage, bool is_start) {
    auto take = [](auto& count, std::optional<std::uint64_t> number) {
        if (number) count = *number;
    };
    take(in_, tokens_in(usage));
    if (!is_start) take(out_, tokens_out(usage));
    take(cache_read_, number_after(usage, cache_read));
    take(cache_written_, number_after(usage, cache_written));
}

TokenCounts UsageScan::counts_in(std::string_view text) const {
    TokenCounts counts{tokens_in(text), tokens_out(text)};
    bool leaves_cached_out = counts.in && (!api_ || api_ == Api::messages);
    if (leaves_cached_out)
        *counts.in +=
            number_after(text, cache_read).value_or(0) + number_after(text, cache_written).value_or(0);
    return counts;
}

TokenCounts UsageScan::found() const {
    if (form_ == Form::events) {
        bool says_nothing = in_ == 0U && out_ == 0U && parts_ > 0;  // Ollama, before its last chunk
        if (says_nothing) return {};
        return {in_ ? std::optional(*in_ + cache_read_ + cache_written_) : std::nullopt, out_};
    }
    TokenCounts counts = counts_in(tail_);
    return counts.in || counts.out || !api_ ? counts : counts_in(head_);
}

// Of a long document only the beginning is known; the rest counts as text.
std::uint64_t UsageScan::text_of_document() const {
    JsonScan scan;
    scan.feed(head_);
    return scan.text_bytes() + size_ - head_.size();
}

TokenCounts UsageScan::given() const {
    TokenCounts counts = found();
    if (known_ && known_->in) counts.in = known_->in;
    if (known_ && known_->out) counts.out = known_->out;
    return counts;
}

bool UsageScan::lacks_out(const TokenCounts& counts) const {
    return gives_text(*api_) && !counts.out;
}

bool UsageScan::end() {
    result_ = given();
    return !api_ || (result_->in && !lacks_out(*result_));
}

void UsageScan::estimate(std::uint64_t request_text) {
    TokenCounts counts = given();
    counts.estimated = true;
    if (!counts.in) counts.in = tokens_of(request_text);
    if (lacks_out(counts)) counts.out = form_ == Form::document ? tokens_of(text_of_document()) : parts_;
    result_ = counts;
}

}  // namespace aihub::serve
