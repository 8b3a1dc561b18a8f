// Looks into a multipart/form-data body (RFC 7578) as it streams by, for one small field: "model".
// Incremental; keeps no more than a part's headers and that value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/json_scan.hpp"

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

private:
    enum class State { skipping, headers, value, done };
    enum class Delimiter { none, undecided, sound, last };

    // Each handles the front of `held_` and says whether it got anywhere.
    bool advance();
    bool skip_content();
    bool read_headers();
    bool read_value();
    void drop(std::size_t count);
    Delimiter judge_delimiter(std::size_t after) const;
    std::size_t find_delimiter(std::size_t from, Delimiter& kind) const;

    std::string delimiter_;      // "\r\n--BOUNDARY"
    std::string held_;           // bytes not decided on yet
    std::uint64_t dropped_ = 0;  // bytes before held_, and the CRLF that was put in front of all
    State state_ = State::skipping;
    std::optional<std::string> model_;
    Span model_span_;
    bool ambiguous_ = false;
};

}  // namespace aihub::serve
