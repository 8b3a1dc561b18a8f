// The server side of OpenAI's chat completions as llama.cpp, vLLM, LM Studio and Ollama's /v1 speak it. Where
// they differ from OpenAI and from each other, the code says so.
#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/error_sentence.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/sse.hpp"

namespace aihub::translate {
namespace {

constexpr std::size_t max_document_bytes = 256u << 20;
constexpr std::size_t max_choices = 128;  // OpenAI's own limit of n

std::optional<std::uint64_t> count(const Json& object, std::string_view name) {
    const Json& value = member(object, name);
    return value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

std::uint64_t nanoseconds(const Json& object, std::string_view milliseconds) {
    const Json& value = member(object, milliseconds);
    double amount = value.is_number() ? value.get<double>() : 0;
    return amount > 0 && amount < 1e12 ? static_cast<std::uint64_t>(std::llround(amount * 1e6)) : 0;
}

// What one choice of the reply has said so far about its calls.
struct Choice {
    struct Call {
        std::size_t server_index;
        std::string id;
    };
    std::vector<Call> calls;
    bool finished = false;
};

class OpenAiChatServer final : public ServerSide {
public:
    Result<Json> write(const Json& common) override { return common; }
    Result<Json> take(Json&& common) override { return std::move(common); }

    bool feed(std::string_view piece, const Sink& sink) override {
        if (form_ == Form::unknown) recognise(piece);
        if (form_ == Form::events)
            return sse_.feed(piece, [&](std::string_view data) { take(data, sink); }) && !nonsense_;
        if (form_ == Form::document) document_ += piece;
        nonsense_ = nonsense_ || form_ == Form::other || document_.size() > max_document_bytes;
        return !nonsense_;
    }

    Verdict end(const Sink& sink) override {
        if (form_ == Form::unknown) return Verdict::broken_off;
        if (form_ == Form::document) take_document(sink);
        if (form_ == Form::events) end_events(sink);
        if (nonsense_) return Verdict::nonsense;
        return trouble_.empty() && is_complete() ? Verdict::whole : Verdict::broken_off;
    }

    std::string trouble() const override { return trouble_; }

private:
    enum class Form { unknown, events, document, other };

    void recognise(std::string_view piece) {
        std::size_t start = piece.find_first_not_of(" \t\r\n");
        if (start == std::string_view::npos) return;
        // Fields of an event are data, event, id and retry; a colon begins a comment, \xEF a byte order mark.
        bool event = std::string_view("deir:\xEF").find(piece[start]) != std::string_view::npos;
        form_ = event ? Form::events : piece[start] == '{' ? Form::document : Form::other;
    }

    void end_events(const Sink& sink) {
        // The last event may be half of one: that is no nonsense but a stream that broke off.
        bool before = nonsense_;
        sse_.end([&](std::string_view data) { take(data, sink); });
        if (!before && cut_) nonsense_ = false;
    }

    void take(std::string_view data, const Sink& sink) {
        if (done_ || nonsense_ || !trouble_.empty()) return;
        if (data == "[DONE]") {
            done_ = any_ = true;
            return;
        }
        Result<Json> chunk = read_json(data);
        if (chunk && chunk->is_object()) return take_reply(*chunk, "delta", sink);
        cut_ = !chunk && chunk.error().code == ErrorCode::corrupt;
        nonsense_ = true;
    }

    void take_document(const Sink& sink) {
        Result<Json> reply = read_json(document_);
        if (!reply) {
            nonsense_ = reply.error().code != ErrorCode::corrupt;
            return;
        }
        take_reply(*reply, "message", sink);
        done_ = any_;
        nonsense_ = !any_ && trouble_.empty();
    }

    void take_reply(const Json& reply, std::string_view where, const Sink& sink) {
        if (is_error(reply)) return;
        const Json& choices = member(reply, "choices");
        any_ = any_ || choices.is_array();
        for (const Json& choice : items(choices)) take_choice(choice, where, sink);
        take_usage(reply, sink);
    }

    // vLLM puts the words at the top ({"object":"error","message":…}), all others in "error".
    bool is_error(const Json& reply) {
        bool error = !member(reply, "error").is_null() || text_member(reply, "object") == "error";
        if (!error) return false;
        trouble_ = error_sentence(reply);
        if (trouble_.empty()) trouble_ = "the server broke off with an error it did not explain";
        return true;
    }

    void take_choice(const Json& choice, std::string_view where, const Sink& sink) {
        std::size_t index = count(choice, "index").value_or(0);
        if (index >= max_choices) {
            nonsense_ = true;
            return;
        }
        if (choices_.size() <= index) choices_.resize(index + 1);
        const Json& message = member(choice, where);
        take_text(index, message, member(choice, "logprobs"), sink);
        for (const Json& call : items(member(message, "tool_calls"))) take_call(index, call, sink);
        take_finish(index, choice, sink);
    }

    void take_text(std::size_t choice, const Json& message, const Json& logprobs, const Sink& sink) {
        // vLLM sends one and the same under both names for a while; Ollama has only the second.
        std::string reasoning = plain_text(member(message, "reasoning_content"));
        if (reasoning.empty()) reasoning = plain_text(member(message, "reasoning"));
        say(ChatEvent::Kind::reasoning, choice, std::move(reasoning), {}, sink);
        say(ChatEvent::Kind::text, choice, plain_text(member(message, "content")),
            logprobs.is_object() ? json_text(logprobs) : std::string(), sink);
        say(ChatEvent::Kind::refusal, choice, plain_text(member(message, "refusal")), {}, sink);
    }

    // Mistral's servers give a list of parts.
    static std::string plain_text(const Json& content) {
        if (content.is_string()) return content.get<std::string>();
        std::string text;
        for (const Json& part : items(content)) text += text_member(part, "text");
        return text;
    }

    static void say(ChatEvent::Kind kind, std::size_t choice, std::string text, std::string logprobs,
                    const Sink& sink) {
        if (text.empty() && logprobs.empty()) return;
        ChatEvent event;
        event.kind = kind;
        event.choice = choice;
        event.text = std::move(text);
        event.logprobs = std::move(logprobs);
        sink(event);
    }

    void take_call(std::size_t choice, const Json& call, const Sink& sink) {
        const Json& function = member(call, "function");
        std::string_view id = text_member(call, "id"), name = text_member(function, "name");
        ChatEvent event;
        event.choice = choice;
        event.text = arguments_of(function);
        std::optional<std::size_t> known = known_call(choices_[choice], count(call, "index"), id, name);
        event.index = known ? *known : begin_call(choices_[choice], count(call, "index"), id);
        event.kind = known ? ChatEvent::Kind::tool_arguments : ChatEvent::Kind::tool_call;
        event.id = id;
        event.name = name;
        if (!known || !event.text.empty()) sink(event);
    }

    // Some give an object where OpenAI has its text.
    static std::string arguments_of(const Json& function) {
        const Json& arguments = member(function, "arguments");
        if (arguments.is_string()) return arguments.get<std::string>();
        return arguments.is_null() ? std::string() : json_text(arguments);
    }

    // Which call a piece goes on with; nothing when it begins one. Servers that give their calls whole leave
    // the index out, or write 0 for each: then a name with another id is another call.
    static std::optional<std::size_t> known_call(const Choice& choice,
                                                 std::optional<std::uint64_t> server_index,
                                                 std::string_view id, std::string_view name) {
        const auto& calls = choice.calls;
        if (calls.empty() || (!server_index && !name.empty())) return std::nullopt;
        if (!server_index) return calls.size() - 1;
        auto last = std::find_if(calls.rbegin(), calls.rend(), [&](const Choice::Call& call) {
            return call.server_index == *server_index;
        });
        if (last == calls.rend()) return std::nullopt;
        if (!name.empty() && !id.empty() && id != last->id) return std::nullopt;
        return static_cast<std::size_t>(calls.rend() - last) - 1;
    }

    static std::size_t begin_call(Choice& choice, std::optional<std::uint64_t> server_index,
                                  std::string_view id) {
        choice.calls.push_back({server_index.value_or(choice.calls.size()), std::string(id)});
        return choice.calls.size() - 1;
    }

    void take_finish(std::size_t index, const Json& choice, const Sink& sink) {
        std::string_view word = text_member(choice, "finish_reason");
        if (word.empty() || choices_[index].finished) return;
        // vLLM's and others' words for a reply that the server itself gave up.
        if (word == "abort" || word == "error") {
            trouble_ = "the server gave the reply up (finish_reason \"" + std::string(word) + "\")";
            return;
        }
        choices_[index].finished = true;
        ChatEvent event;
        event.kind = ChatEvent::Kind::finish;
        event.choice = index;
        event.reason = reason_of(word);
        event.stop_sequence = text_member(choice, "stop_reason");  // vLLM's
        sink(event);
    }

    static FinishReason reason_of(std::string_view word) {
        if (word == "length") return FinishReason::length;
        if (word == "tool_calls" || word == "function_call") return FinishReason::tool_calls;
        return word == "content_filter" ? FinishReason::content_filter : FinishReason::stop;
    }

    void take_usage(const Json& reply, const Sink& sink) {
        const Json &usage = member(reply, "usage"),
                   &timings = member(reply, "timings");  // the latter: llama.cpp's
        if (!usage.is_object() && !timings.is_object()) return;
        ChatEvent event;
        event.kind = ChatEvent::Kind::usage;
        event.usage.in = count(usage, "prompt_tokens");
        event.usage.out = count(usage, "completion_tokens");
        event.usage.cached = count(member(usage, "prompt_tokens_details"), "cached_tokens");
        event.usage.reasoning = count(member(usage, "completion_tokens_details"), "reasoning_tokens");
        event.timing.prompt = nanoseconds(timings, "prompt_ms");
        event.timing.generation = nanoseconds(timings, "predicted_ms");
        sink(event);
    }

    // Some end without the last line; nothing is missing once every choice has ended.
    bool is_complete() const {
        bool all =
            std::all_of(choices_.begin(), choices_.end(), [](const Choice& each) { return each.finished; });
        return done_ || (!choices_.empty() && all);
    }

    Form form_ = Form::unknown;
    SseReader sse_;
    std::string document_;
    std::vector<Choice> choices_;
    std::string trouble_;
    bool any_ = false;   // something of this API has come
    bool done_ = false;  // the terminal event has come
    bool cut_ = false;   // what made no sense was the beginning of something
    bool nonsense_ = false;
};

}  // namespace

std::unique_ptr<ServerSide> openai_chat_server(const Circumstances&) {
    return std::make_unique<OpenAiChatServer>();
}

}  // namespace aihub::translate
