// Looks into a JSON body as it streams by: which model does it name, does it ask for a stream, how much text
// does it hold? Nothing is kept but those.
//
// Incremental, no allocation but the values, one pass at a few bytes a cycle. Only members of the
// outermost object count. Key case is ignored, as Ollama's decoder (Go) ignores it; a member that stands
// twice is reported, because JSON parsers differ on which one counts. This is a scanner, not a validator: a
// malformed body is the server's to refuse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/span.hpp"

namespace aihub::serve {

// The member `stream_options`, whatever its value is.
struct StreamOptions {
    bool present = false;
    bool is_twofold = false;
    Span span;         // of the value
    std::string text;  // the value itself, cut when it is longer than any that makes sense
};

class JsonScan {
public:
    void feed(std::string_view text);

    // The value of "model". Where that is missing or empty "name" serves (Ollama's /api/show of old), which
    // is known at the end of the object only. What is there stays, whatever follows, unless it is ambiguous.
    const std::optional<std::string>& model() const { return name_serves() ? name_ : model_; }
    // Where that value stands, with its quotes.
    Span model_span() const { return name_serves() ? name_span_ : model_span_; }
    // True when "model" stands twice, or the "name" that serves for it.
    bool model_is_ambiguous() const { return model_is_twofold_ || (name_serves() && name_is_twofold_); }
    // The value of "stream" when it is a boolean.
    std::optional<bool> stream() const { return stream_; }
    const StreamOptions& stream_options() const { return options_; }
    // Where the object's brace stands.
    std::uint64_t object_begin() const { return object_begin_; }
    // Bytes of the texts in it, as they are written. What looks like pictures or sound is none.
    std::uint64_t text_bytes() const { return text_bytes_; }
    // True when all of the object has come.
    bool is_done() const { return state_ == State::done; }
    // True when what has come so far can be no JSON object.
    bool is_hopeless() const { return state_ == State::hopeless; }

private:
    enum class State {
        before,
        key_or_end,
        in_key,
        colon,
        value,
        in_string,
        in_scalar,
        after_value,
        nested,
        nested_string,
        done,
        hopeless
    };
    enum class Member { other, model, name, stream, options };

    bool name_serves() const { return state_ == State::done && !model_ && name_; }
    bool is_wanted() const;
    const char* skip_string(const char* at, const char* end);
    Span* wanted_span();
    void note_text(std::string_view run);
    void take(char c);
    const char* skip_nested(const char* at, const char* end, std::uint64_t position);
    void end_options(std::uint64_t end);
    void end_key();
    void begin_value(char c);
    void end_scalar();
    void end_string();
    void collect(char c);
    void collect(std::string_view run);

    State state_ = State::before;
    Member member_ = Member::other;
    int depth_ = 0;  // of nesting inside the current value
    bool escaped_ = false;
    std::string text_;            // of the key or value in hand, still escaped
    std::uint64_t fed_ = 0;       // bytes of former pieces
    std::uint64_t position_ = 0;  // of the byte in hand
    std::optional<std::string> model_;
    std::optional<std::string> name_;
    Span model_span_;
    Span name_span_;
    std::optional<bool> stream_;
    StreamOptions options_;
    std::uint64_t object_begin_ = 0;
    std::uint64_t text_bytes_ = 0;
    bool has_model_ = false;  // whatever its value is
    bool has_name_ = false;
    bool model_is_twofold_ = false;
    bool name_is_twofold_ = false;
};

// The inside of a JSON string literal as text; nothing when an escape is malformed.
std::optional<std::string> unescape_json(std::string_view text);

}  // namespace aihub::serve
