// What a chat model says, piece by piece, in no API's words: every server side turns its reply into these and
// every client side makes its reply of them, be it streamed or whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace aihub::translate {

enum class FinishReason { stop, length, tool_calls, content_filter };

struct Usage {
    std::optional<std::uint64_t> in;         // tokens of the request, cached ones included
    std::optional<std::uint64_t> out;        // tokens of the answer, reasoning included
    std::optional<std::uint64_t> cached;     // part of `in` that was not computed anew
    std::optional<std::uint64_t> reasoning;  // part of `out`
};

// Times that Ollama reports, in nanoseconds; 0: not known.
struct Timing {
    std::uint64_t total = 0, load = 0, prompt = 0, generation = 0;
};

struct ChatEvent {
    enum class Kind {
        text,       // `text` goes on
        reasoning,  // thinking goes on with `text`
        refusal,    // OpenAI's `refusal` goes on with `text`
        tool_call,  // call `index` begins: `id` (may be empty: make one), `name`; `text`: its first arguments
        tool_arguments,  // the arguments of call `index` go on with `text` (a fragment of JSON)
        finish,          // `reason`; `stop_sequence` when the server says which; nothing follows but usage
        usage,           // `usage`, `timing`; the last one counts
    };
    Kind kind = Kind::text;
    std::string text;
    std::size_t choice = 0;  // OpenAI's n > 1; 0 elsewhere
    std::size_t index = 0;
    std::string id;
    std::string name;
    FinishReason reason = FinishReason::stop;
    std::string stop_sequence;
    Usage usage;
    Timing timing;
    std::string logprobs;  // with text: OpenAI's `logprobs` object of this piece as JSON; empty: none
};

}  // namespace aihub::translate
