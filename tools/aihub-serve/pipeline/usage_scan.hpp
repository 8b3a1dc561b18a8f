// Finds the token counts in a reply that streams by: OpenAI's and Anthropic's "usage", Ollama's final counts.
// A parse of the whole reply would cost a quarter of the request. In events they are looked for where the
// word stands; in any other reply they stand at its beginning or its end. Beside that, what a stream delivers
// is counted, so that there is an estimate for one that ends without counts. In transcripts, how long the
// sound was is looked for as well. One a request, on its loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/transcript_scan.hpp"
#include "tools/aihub-serve/translate/api.hpp"

namespace aihub::serve {

struct TokenCounts {
    std::optional<std::uint64_t> in;
    std::optional<std::uint64_t> out;
    bool estimated = false;  // one of them at least is not the server's

    bool operator==(const TokenCounts&) const = default;
};

// What is counted of sound, in place of tokens or beside them.
struct SoundUse {
    std::int64_t audio_ms = 0;    // that was heard
    std::int64_t characters = 0;  // that were spoken
    bool estimated = false;
};

class UsageScan {
public:
    // What comes now: a reply of this API and content type. Without it nothing is ever estimated.
    void begin(std::optional<translate::Api> api, std::string_view content_type);
    // After begin(): it is the transcript of some sound.
    void expect_transcript() { transcript_.emplace(form_ != Form::document); }
    void feed(std::string_view piece);
    // The reply has ended, or nobody listens any more. False when a count is lacking: then estimate() is due.
    bool end();
    // `request_text` bytes were asked with.
    void estimate(std::uint64_t request_text);
    // Counts that are known otherwise come before those that were found. Before end().
    void set(TokenCounts counts) { known_ = counts; }
    TokenCounts counts() const { return result_ ? *result_ : given(); }
    const std::optional<TranscriptScan>& transcript() const { return transcript_; }
    void set_sound(SoundUse sound) { sound_ = sound; }
    const SoundUse& sound() const { return sound_; }

private:
    enum class Form { document, lines, events };

    void keep_ends(std::string_view piece);
    void feed_events(std::string_view piece);
    void look_into(std::string_view lines);
    void take_numbers(std::string_view usage, bool is_start);
    TokenCounts counts_in(std::string_view text) const;
    TokenCounts found() const;
    TokenCounts given() const;
    bool lacks_out(const TokenCounts& counts) const;
    std::uint64_t text_of_document() const;

    // Of events, whose counts may stand in several of them.
    std::optional<std::uint64_t> in_;
    std::optional<std::uint64_t> out_;
    std::uint64_t cache_read_ = 0;
    std::uint64_t cache_written_ = 0;
    std::optional<TokenCounts> known_;
    std::optional<TokenCounts> result_;
    SoundUse sound_;
    std::string head_;  // of a document or lines that are too long to be kept whole

    // What each piece needs, side by side.
    std::optional<TranscriptScan> transcript_;
    Form form_ = Form::document;
    std::optional<translate::Api> api_;  // whose parts are counted
    std::string tail_;  // of a document or lines the rest; of events the line that is not finished
    std::uint64_t size_ = 0;
    std::uint64_t parts_ = 0;  // of a stream: about one a token
};

}  // namespace aihub::serve
