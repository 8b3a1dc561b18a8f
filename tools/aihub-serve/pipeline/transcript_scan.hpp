// How long was the sound, in the words of the server that heard it? Found in its JSON reply as that streams
// by: "duration" (verbose_json), or "usage" with "seconds"; in a stream of events the last one counts. What
// is nested elsewhere, such as segments, is passed over. Incremental; one a reply, on its loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::serve {

class TranscriptScan {
public:
    // `by_line`: every line is a document of its own, after whatever it begins with.
    explicit TranscriptScan(bool by_line) : by_line_(by_line) {}

    void feed(std::string_view piece);
    // Nothing when it has not been said, or nonsense was.
    std::optional<std::int64_t> ms() const { return duration_ms_ ? duration_ms_ : usage_ms_; }
    // The server's own account of this request is one of tokens.
    bool counts_tokens() const { return counts_tokens_; }

private:
    void take(char c);
    void take_text(char c);
    void open(char bracket);
    void end_value();
    void begin_line();
    void note(std::string_view value);

    bool by_line_;
    std::uint64_t depth_ = 0;
    bool in_text_ = false;
    bool escaped_ = false;
    bool in_usage_ = false;
    std::string key_;   // of the member in hand, where it may be one of those
    std::string word_;  // the text or number in hand, cut when it is longer than any that counts
    std::optional<std::int64_t> duration_ms_;
    std::optional<std::int64_t> usage_ms_;
    bool counts_tokens_ = false;
};

}  // namespace aihub::serve
