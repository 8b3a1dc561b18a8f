// What the client sides of Ollama's chat and generate have in common: all but how a conversation is said, and
// the members that only one of them has. Private to translate/. One a request.
#pragma once

#include <string>
#include <string_view>

#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/ollama_reply.hpp"

namespace aihub::translate {

class OllamaClient : public ClientSide {
public:
    OllamaClient(OllamaReply::Shape shape, const Circumstances& circumstances)
        : circumstances_(circumstances), reply_(shape, circumstances) {}

    Result<Json> read(const Json& request) final;
    bool streams() const final { return reply_.streams(); }
    std::string_view content_type() const final { return reply_.content_type(); }
    void event(const ChatEvent& event, std::string& out) final { reply_.event(event, out); }
    void end(std::string& out) final { reply_.end(out); }

private:
    // The messages in the common form.
    virtual Result<Json> conversation(const Json& request) const = 0;
    // A member that is not null. False: it is none of this API's own.
    virtual Result<bool> take_own_member(std::string_view name, const Json& value, Json& common) const = 0;

    Result<void> take_member(std::string_view name, const Json& value, Json& common) const;

    Circumstances circumstances_;
    OllamaReply reply_;
};

}  // namespace aihub::translate
