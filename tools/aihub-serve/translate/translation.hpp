// One request and its reply, translated between the API that a client speaks and the one that its server
// speaks. Made from the whole request; the reply is fed to it as it comes. No sockets here: pure, one a
// request, on whichever thread it is used.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/api.hpp"

namespace aihub::translate {

// What the gateway knows and the request does not say.
struct Circumstances {
    std::string request_id;                       // ours; ids of replies are made of it
    std::string client_model;                     // as the client named it: replies repeat it
    std::string server_model;                     // as the server calls it
    std::int64_t now_ms = 0;                      // wall clock, UTC
    std::optional<std::uint64_t> context_length;  // of the model, where it is known
};

// How a reply ended, as far as its bytes tell.
enum class Verdict {
    whole,       // all that has to be there came
    broken_off,  // a stream without its terminal event, or half a document
    nonsense,    // not what this API says
};

class Translation {
public:
    virtual ~Translation() = default;

    // The request as the server gets it: JSON, to path_of(server_api()).
    virtual Api server_api() const = 0;
    virtual const std::string& request() const = 0;

    // Whether the client asked for a stream, and how its reply is labelled then and else.
    virtual bool streams() const = 0;
    virtual std::string_view content_type() const = 0;

    // A reply with status 200 comes piece by piece; what the client gets is appended to `out`. False when it
    // makes no sense: nothing more is to be fed.
    virtual bool feed(std::string_view piece, std::string& out) = 0;
    // No more pieces. Appends what is left, which is everything when the client asked for no stream.
    virtual Verdict end(std::string& out) = 0;

    // What the server said was wrong, in the middle of a stream that broke off by its own word; else empty.
    virtual std::string trouble() const { return {}; }

    // The sentence inside the server's error reply (any status but 200), whatever its form.
    virtual std::string error_message(int status, std::string_view body) const = 0;

    // Tokens, once they are known; wall-clock free, for the log.
    virtual std::optional<std::uint64_t> tokens_in() const = 0;
    virtual std::optional<std::uint64_t> tokens_out() const = 0;
};

// True when requests of `from` can be had from a server that speaks `to` (by translation or because they are
// the same).
bool can_translate(Api from, Api to);

// Translates `body`. invalid_input, with a sentence that names the member, for a body that is no request of
// `from`, and for what has no counterpart in `to`: nothing is ever dropped silently.
Result<std::unique_ptr<Translation>> translate(Api from, Api to, std::string_view body,
                                               const Circumstances& circumstances);

}  // namespace aihub::translate
