// Looks into a multipart/form-data body (RFC 7578) as it streams by, for one small field, "model", and for
// how long the sound is that its files hold. Incremental; keeps no more than a part's headers and that value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/json_scan.hpp"
#include "tools/aihub-serve/pipeline/sound_length.hpp"

namespace aihub::serve {

class MultipartScan {
public:
    // From the value of Content-Type; without a usable boundary nothing is ever found.
    explicit MultipartScan(std::string_view content_type);

    void feed(std::string_view text);

    const std::optional<std::string>& model() const { return model_; }
    Span model_span() const { return model_span_; }  // of that value
    bool model_is_ambiguous() const { return ambiguous_; }
    bool usable() const { return !delimiter_.empty(); }
    // Of all files together, as far as they have come.
    SoundTime sound() const;

private:
    enum class State { skipping, headers, value, done };
    enum class Delimiter { none, undecided, sound, last };
    enum class Part { other, model, file };

    // Each handles the front of `held_` and says whether it got anywhere.
    bool advance();
    std::string_view skim(std::string_view text);
    bool skip_content();
    bool read_headers();
    bool read_value();
    static Part part_of(std::string_view headers);
    void drop(std::size_t count);
    void pass(std::string_view content);
    void end_file();
    Delimiter judge_delimiter(std::size_t after) const;
    std::size_t find_delimiter(std::size_t from, Delimiter& kind) const;

    std::string delimiter_;      // "\r\n--BOUNDARY"
    std::string held_;           // bytes not decided on yet
    std::uint64_t dropped_ = 0;  // bytes before held_, and the CRLF that was put in front of all
    State state_ = State::skipping;
    std::optional<std::string> model_;
    Span model_span_;
    bool ambiguous_ = false;
    std::optional<SoundLength> file_;  // the one in hand
    std::uint64_t file_begin_ = 0;     // counted as dropped_
    SoundTime files_;                  // those before it
};

}  // namespace aihub::serve
