// A server that is asked by Ollama's /api/chat: its reply is a line of JSON a piece, or one document.
#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/error_sentence.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/ollama_request.hpp"

namespace aihub::translate {
namespace {

// A line holds a few tokens, a document one answer; what is larger is no answer of a chat.
constexpr std::size_t largest_document = 64 * 1024 * 1024;

std::optional<std::uint64_t> count_of(const Json& line, std::string_view name) {
    const Json& value = member(line, name);
    return value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

// Ollama's list has the form of OpenAI's `content`, less what is empty.
std::string logprobs_of(const Json& line) {
    Json tokens = member(line, "logprobs");
    if (!tokens.is_array() || tokens.empty()) return {};
    for (Json& token : tokens) {
        if (!token.is_object()) continue;
        if (!token.contains("bytes")) token["bytes"] = nullptr;
        if (!token.contains("top_logprobs")) token["top_logprobs"] = Json::array();
    }
    return json_text({{"content", std::move(tokens)}, {"refusal", nullptr}});
}

class OllamaChatServer final : public ServerSide {
public:
    Result<Json> write(const Json& common) override {
        auto request = ollama_chat_request(common);
        if (request) by_line_ = member(*request, "stream") == true;
        return request;
    }

    bool feed(std::string_view piece, const Sink& sink) override {
        if (over_) return true;  // after its end, or after its own word that it failed
        while (by_line_ && !piece.empty() && !over_) {
            std::size_t end = piece.find('\n');
            if (end == std::string_view::npos) break;
            if (!take_line(piece.substr(0, end), sink)) return false;
            piece.remove_prefix(end + 1);
        }
        if (over_) return true;
        rest_.append(piece);
        return rest_.size() <= largest_document;
    }

    Verdict end(const Sink& sink) override {
        if (!over_ && !take_line({}, sink)) return Verdict::broken_off;
        return done_ ? Verdict::whole : Verdict::broken_off;
    }

    std::string trouble() const override { return trouble_; }

private:
    bool take_line(std::string_view end, const Sink& sink) {
        if (rest_.empty()) return take_document(end, sink);
        std::string whole = std::move(rest_);
        rest_.clear();
        return take_document(whole.append(end), sink);
    }

    bool take_document(std::string_view text, const Sink& sink) {
        if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return true;
        auto line = read_json(text);
        if (!line || !line->is_object()) return false;
        const Json& error = member(*line, "error");  // instead of an end: the model's process failed
        if (error.is_null())
            read_document(*line, sink);
        else
            fail(error_sentence(error));
        return true;
    }

    void fail(std::string sentence) {
        over_ = true;
        trouble_ = std::move(sentence);
    }

    void read_document(const Json& line, const Sink& sink) {
        const Json& message = member(line, "message");
        give(ChatEvent::Kind::reasoning, text_member(message, "thinking"), {}, sink);
        give(ChatEvent::Kind::text, text_member(message, "content"), logprobs_of(line), sink);
        if (const Json& calls = member(message, "tool_calls"); calls.is_array())
            for (const Json& call : calls) give_call(call, sink);
        if (member(line, "done") == true) finish(line, sink);
    }

    void give(ChatEvent::Kind kind, std::string_view text, std::string logprobs, const Sink& sink) {
        if (text.empty() && logprobs.empty()) return;
        event_.kind = kind;
        event_.text.assign(text);
        event_.logprobs = std::move(logprobs);
        sink(event_);
    }

    void give_call(const Json& call, const Sink& sink) {
        const Json& function = member(call, "function");
        const Json& arguments = member(function, "arguments");
        ChatEvent event;
        event.kind = ChatEvent::Kind::tool_call;
        event.index = calls_++;
        event.id = text_member(call, "id");
        event.name = text_member(function, "name");
        event.text = arguments.is_object() ? json_text(arguments) : "{}";
        sink(event);
    }

    void finish(const Json& line, const Sink& sink) {
        over_ = done_ = true;
        ChatEvent event;
        event.kind = ChatEvent::Kind::finish;
        event.reason = reason_of(text_member(line, "done_reason"));
        sink(event);
        event.kind = ChatEvent::Kind::usage;
        event.usage.in = count_of(line, "prompt_eval_count");
        event.usage.out = count_of(line, "eval_count");
        event.timing.total = count_of(line, "total_duration").value_or(0);
        event.timing.load = count_of(line, "load_duration").value_or(0);
        event.timing.prompt = count_of(line, "prompt_eval_duration").value_or(0);
        event.timing.generation = count_of(line, "eval_duration").value_or(0);
        sink(event);
    }

    // "load" and "unload", too, are ends as they should be.
    FinishReason reason_of(std::string_view done_reason) const {
        if (done_reason == "length") return FinishReason::length;
        return calls_ > 0 ? FinishReason::tool_calls : FinishReason::stop;
    }

    ChatEvent event_;   // of the pieces of text, one after another
    std::string rest_;  // a line, or a document, whose end has not come yet
    std::string trouble_;
    std::size_t calls_ = 0;
    bool by_line_ = false;
    bool over_ = false;
    bool done_ = false;
};

}  // namespace

std::unique_ptr<ServerSide> ollama_chat_server(const Circumstances&) {
    return std::make_unique<OllamaChatServer>();
}

}  // namespace aihub::translate
