// The two sides of a chat translation. A client side reads requests of its API into the common form and
// writes replies of its API; a server side writes requests of its API and reads replies of it. The common
// form of a request is the JSON of OpenAI's chat completions (its API reference), with the members that local
// servers add (`top_k`, `min_p`, `repeat_penalty`, …, `reasoning_content` in messages); the common form of a
// reply is a sequence of ChatEvents.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"
#include "tools/aihub-serve/translate/chat_event.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

using Json = nlohmann::ordered_json;

// Private to translate/. One a request.
class ClientSide {
public:
    virtual ~ClientSide() = default;

    // The request in the common form, `model` already the server's, `stream` as the client wants it (with
    // `stream_options.include_usage` true when it does). Remembers what the reply has to know.
    virtual Result<Json> read(const Json& request) = 0;
    // The same, when nobody needs the request any more: one that holds pictures need not be copied.
    virtual Result<Json> take(Json&& request) { return read(request); }
    virtual bool streams() const = 0;  // after read()
    virtual std::string_view content_type() const = 0;

    // The reply. `out` gets what is to be written now; a client side that answers as a whole writes in end().
    virtual void event(const ChatEvent& event, std::string& out) = 0;
    virtual void end(std::string& out) = 0;
};

class ServerSide {
public:
    using Sink = std::function<void(const ChatEvent&)>;
    virtual ~ServerSide() = default;

    // The request in this API's form; invalid_input for what has no counterpart.
    virtual Result<Json> write(const Json& common) = 0;
    // The same, when nobody needs the common form any more.
    virtual Result<Json> take(Json&& common) { return write(common); }

    // The reply: a stream's pieces, cut anywhere, or a document's. False: it makes no sense.
    virtual bool feed(std::string_view piece, const Sink& sink) = 0;
    virtual Verdict end(const Sink& sink) = 0;
    // What the server said was wrong, when its reply is or ends with an error; then end() is broken_off.
    virtual std::string trouble() const { return {}; }
};

// One file each.
std::unique_ptr<ClientSide> openai_chat_client(const Circumstances& circumstances);
std::unique_ptr<ClientSide> openai_completions_client(const Circumstances& circumstances);
std::unique_ptr<ClientSide> responses_client(const Circumstances& circumstances);
std::unique_ptr<ClientSide> anthropic_client(const Circumstances& circumstances);
std::unique_ptr<ClientSide> ollama_chat_client(const Circumstances& circumstances);
std::unique_ptr<ClientSide> ollama_generate_client(const Circumstances& circumstances);

std::unique_ptr<ServerSide> openai_chat_server(const Circumstances& circumstances);
std::unique_ptr<ServerSide> ollama_chat_server(const Circumstances& circumstances);

// Refusals in one wording.
Error no_counterpart(std::string_view member, std::string_view api, std::string_view what_to_do);
Error malformed(std::string_view member, std::string_view expected);

}  // namespace aihub::translate
