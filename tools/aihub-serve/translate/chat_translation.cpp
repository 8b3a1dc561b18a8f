#include "tools/aihub-serve/translate/chat_translation.hpp"

#include "tools/aihub-serve/translate/error_sentence.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {
namespace {

std::unique_ptr<ClientSide> client_side(Api api, const Circumstances& circumstances) {
    switch (api) {
        case Api::chat:
            return openai_chat_client(circumstances);
        case Api::completions:
            return openai_completions_client(circumstances);
        case Api::responses:
            return responses_client(circumstances);
        case Api::messages:
            return anthropic_client(circumstances);
        case Api::ollama_chat:
            return ollama_chat_client(circumstances);
        case Api::ollama_generate:
            return ollama_generate_client(circumstances);
        default:
            return nullptr;
    }
}

std::unique_ptr<ServerSide> server_side(Api api, const Circumstances& circumstances) {
    if (api == Api::chat) return openai_chat_server(circumstances);
    return api == Api::ollama_chat ? ollama_chat_server(circumstances) : nullptr;
}

class ChatTranslation final : public Translation {
public:
    ChatTranslation(Api server_api, std::unique_ptr<ClientSide> client, std::unique_ptr<ServerSide> server,
                    std::string request)
        : server_api_(server_api),
          client_(std::move(client)),
          server_(std::move(server)),
          request_(std::move(request)) {}

    Api server_api() const override { return server_api_; }
    const std::string& request() const override { return request_; }
    bool streams() const override { return client_->streams(); }
    std::string_view content_type() const override { return client_->content_type(); }

    bool feed(std::string_view piece, std::string& out) override {
        makes_sense_ =
            makes_sense_ && server_->feed(piece, [&](const ChatEvent& event) { pass(event, out); });
        return makes_sense_;
    }

    Verdict end(std::string& out) override {
        if (!makes_sense_) return Verdict::nonsense;
        Verdict verdict = server_->end([&](const ChatEvent& event) { pass(event, out); });
        // A reply that is not whole must not look as if it were: no last event, no half document.
        if (verdict == Verdict::whole) client_->end(out);
        return verdict;
    }

    std::string trouble() const override { return server_->trouble(); }
    std::string error_message(int status, std::string_view body) const override {
        return error_sentence(status, body);
    }
    std::optional<std::uint64_t> tokens_in() const override { return usage_.in; }
    std::optional<std::uint64_t> tokens_out() const override { return usage_.out; }

private:
    void pass(const ChatEvent& event, std::string& out) {
        if (event.usage.in) usage_.in = event.usage.in;
        if (event.usage.out) usage_.out = event.usage.out;
        client_->event(event, out);
    }

    Api server_api_;
    std::unique_ptr<ClientSide> client_;
    std::unique_ptr<ServerSide> server_;
    std::string request_;
    Usage usage_;
    bool makes_sense_ = true;
};

}  // namespace

bool is_chat_pair(Api from, Api to) {
    switch (from) {
        case Api::chat:
        case Api::completions:
        case Api::responses:
        case Api::messages:
        case Api::ollama_chat:
        case Api::ollama_generate:
            return to == Api::chat || to == Api::ollama_chat;
        default:
            return false;
    }
}

Result<std::unique_ptr<Translation>> translate_chat(Api from, Api to, Json request,
                                                    const Circumstances& circumstances) {
    std::unique_ptr<ClientSide> client = client_side(from, circumstances);
    std::unique_ptr<ServerSide> server = server_side(to, circumstances);
    Result<Json> common = client->take(std::move(request));
    if (!common) return common.error();
    request = nullptr;  // it may be large, and the next step makes one more of it
    Result<Json> written = server->take(std::move(*common));
    if (!written) return written.error();
    *common = nullptr;
    return std::unique_ptr<Translation>(
        std::make_unique<ChatTranslation>(to, std::move(client), std::move(server), json_text(*written)));
}

}  // namespace aihub::translate
