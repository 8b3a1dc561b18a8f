#include "tools/aihub-serve/pipeline/usage_scan.hpp"

#include <algorithm>
#include <array>
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

// The members that counts stand in. Of several the first counts.
enum Member : std::size_t {
    prompt,
    input,
    prompt_eval,
    evaluated,
    completion,
    output,
    eval,
    predicted,
    cache_read,
    cache_written
};
constexpr std::array<std::string_view, 10> members = {
    "prompt_tokens",
    "input_tokens",
    "prompt_eval_count",
    "tokens_evaluated",
    "completion_tokens",
    "output_tokens",
    "eval_count",
    "tokens_predicted",
    "cache_read_input_tokens",  // the last two are what Anthropic leaves out of input_tokens
    "cache_creation_input_tokens",
};

struct Numbers {
    std::array<std::optional<std::uint64_t>, members.size()> of;

    std::optional<std::uint64_t> first_of(std::initializer_list<Member> names) const {
        for (Member name : names)
            if (of[name]) return of[name];
        return std::nullopt;
    }
    std::optional<std::uint64_t> tokens_in() const {
        return first_of({prompt, input, prompt_eval, evaluated});
    }
    std::optional<std::uint64_t> tokens_out() const {
        return first_of({completion, output, eval, predicted});
    }
};

// How the names end, after an underscore: a rare character, of which a text has fewer than of quotes.
std::size_t end_of_name(std::string_view text) {
    for (std::string_view end : {"tokens\"", "count\"", "evaluated\"", "predicted\""})
        if (text.starts_with(end)) return end.size() - 1;
    return 0;
}

// Of several members of one name the last counts.
Numbers numbers_in(std::string_view text) {
    Numbers numbers;
    for (std::size_t at = text.find('_'); at != npos; at = text.find('_', at + 1)) {
        std::size_t length = end_of_name(text.substr(at + 1));
        std::size_t quote = length > 0 ? text.rfind('"', at) : npos;
        if (quote == npos) continue;
        std::size_t end = at + 1 + length;
        const auto* member =
            std::find(members.begin(), members.end(), text.substr(quote + 1, end - quote - 1));
        if (member == members.end()) continue;
        std::string_view value = value_after(text, end + 1);
        numbers.of[static_cast<std::size_t>(member - members.begin())] =
            parse_unsigned(value.substr(0, value.find_first_not_of("0123456789")));
    }
    return numbers;
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
    if (tail_.size() + piece.size() <= 2 * window) {
        tail_.append(piece);
        return;
    }
    if (head_.empty()) {
        head_ = tail_.substr(0, window);
        head_.append(piece.substr(0, window - head_.size()));
    }
    if (piece.size() >= window) {
        tail_.assign(piece.substr(piece.size() - window));
        return;
    }
    tail_.erase(0, tail_.size() + piece.size() - window);
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
    bool is_of_llama = api_ == Api::completions && find_word(lines, "\"tokens_predicted\"") != npos;
    if (is_of_llama) return take_numbers(lines, false);  // llama.cpp's own API: in each event
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
    Numbers numbers = numbers_in(usage);
    take(in_, numbers.tokens_in());
    if (!is_start) take(out_, numbers.tokens_out());
    take(cache_read_, numbers.of[cache_read]);
    take(cache_written_, numbers.of[cache_written]);
}

TokenCounts UsageScan::counts_in(std::string_view text) const {
    Numbers numbers = numbers_in(text);
    TokenCounts counts{numbers.tokens_in(), numbers.tokens_out()};
    bool leaves_cached_out = counts.in && (!api_ || api_ == Api::messages);
    if (leaves_cached_out)
        *counts.in += numbers.of[cache_read].value_or(0) + numbers.of[cache_written].value_or(0);
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
    const std::string& beginning = head_.empty() ? tail_ : head_;
    scan.feed(beginning);
    return scan.text_bytes() + size_ - beginning.size();
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
