// Which API a path belongs to, and how that API words an error. One table for both, in dialect.cpp.
#pragma once

#include <string>
#include <string_view>

namespace aihub::serve {

enum class Dialect {
    openai,     // {"error":{"message","type","param","code"}}
    anthropic,  // {"type":"error","error":{"type","message"}}
    ollama,     // {"error":"…","detail":"…"}: Ollama's clients read the first, seed 004's the second
    detail,     // {"detail":"…"}: admin, user, dashboard
    plain,      // {"error":{"message":"…"}}
};

// `prefix` is true for a path below a service's prefix, given without it ("/v1/models" for
// "/lmstudio/v1/models").
Dialect dialect_of(std::string_view path, bool prefix, std::string_view base_path);

// What went wrong, for all dialects at once. `code` is OpenAI's machine-readable word; it may be empty.
struct Problem {
    int status;
    std::string message;  // a sentence that ends with what to do
    std::string code;

    Problem(int status_, std::string message_, std::string code_ = {})
        : status(status_), message(std::move(message_)), code(std::move(code_)) {}
};

// The JSON body of an error reply.
std::string error_body(Dialect dialect, const Problem& problem, std::string_view request_id);

// What is written into a stream that breaks off: an event of the dialect (server-sent events, or a line of
// NDJSON), ended, and separated from a half-written event before it. Empty when the dialect has no such
// thing.
std::string stream_error(Dialect dialect, std::string_view content_type, std::string_view message,
                         bool at_event_start);

const char* reason_phrase(int status);

}  // namespace aihub::serve
