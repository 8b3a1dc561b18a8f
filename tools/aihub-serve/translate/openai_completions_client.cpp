// The client side of OpenAI's older completions: a prompt is a conversation of one message. What needs the
// bare model (tokens as a prompt, suffix, echo, best_of) has no counterpart in a chat.
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/openai_client.hpp"

namespace aihub::translate {
namespace {

// What a choice has said so far: all of it when the reply is whole, else only how long its text is.
struct Choice {
    std::string text, reasoning;
    std::size_t length = 0;  // in code points, which `text_offset` counts
    Json logprobs;
    std::string_view reason = "stop";
};

std::size_t code_points(std::string_view text) {
    std::size_t count = 0;
    for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
}

Result<std::string> prompt_of(const Json& prompt) {
    if (prompt.is_string()) return prompt.get<std::string>();
    if (prompt.is_array() && prompt.size() == 1 && prompt[0].is_string()) return prompt[0].get<std::string>();
    if (!prompt.is_array()) return malformed("prompt", "a text");
    bool texts = !prompt.empty() && prompt[0].is_string();
    return texts ? no_counterpart("several prompts in \"prompt\"", "a chat", "send a request for each")
                 : no_counterpart("\"prompt\" as tokens", "a chat", "send it as text");
}

Result<void> take_logprobs(const Json& value, Json& common) {
    if (value == false) return {};
    if (!value.is_number_unsigned() && !value.is_boolean()) return malformed("logprobs", "a whole number");
    common["logprobs"] = true;
    if (value.is_number() && value > 0) common["top_logprobs"] = value;
    return {};
}

// What only the bare model can do; each with the value that asks for nothing.
Result<void> refuse_unless(const Json& nothing, const std::string& name, const Json& value) {
    if (value == nothing || value == "") return {};
    return no_counterpart(name, "a chat",
                          "leave it out, or use a server that has " + std::string(path_of(Api::completions)));
}

Result<void> take_member(const std::string& name, const Json& value, Json& common) {
    if (name == "prompt" || name == "model" || value.is_null()) return {};
    if (name == "suffix") return refuse_unless("", name, value);
    if (name == "echo") return refuse_unless(false, name, value);
    if (name == "best_of") return refuse_unless(1, name, value);
    if (name == "logprobs") return take_logprobs(value, common);
    if (name == "messages" || name == "tools")
        return no_counterpart(name, "completions", "send it to " + std::string(path_of(Api::chat)));
    common[name] = value;
    return {};
}

// {"content":[{"token","logprob","top_logprobs"}]} as completions have it: a list for each property.
void add_old_logprobs(Choice& choice, std::string_view text, Json& old, std::string_view given) {
    Result<Json> parsed = given.empty() ? Json() : read_json(given);
    std::size_t offset = choice.length;
    choice.length += code_points(text);
    if (!parsed || !parsed->is_object()) return;
    if (old.is_null())
        old = {{"tokens", Json::array()},
               {"token_logprobs", Json::array()},
               {"top_logprobs", Json::array()},
               {"text_offset", Json::array()}};
    for (const Json& token : items(member(*parsed, "content"))) {
        old["tokens"].push_back(member(token, "token"));
        old["token_logprobs"].push_back(member(token, "logprob"));
        Json likely = Json::object();
        for (const Json& other : items(member(token, "top_logprobs")))
            likely[std::string(text_member(other, "token"))] = member(other, "logprob");
        old["top_logprobs"].push_back(std::move(likely));
        old["text_offset"].push_back(offset);
        offset += code_points(text_member(token, "token"));
    }
}

class OpenAiCompletionsClient final : public OpenAiClient<Choice> {
public:
    explicit OpenAiCompletionsClient(const Circumstances& circumstances) : OpenAiClient(circumstances) {}

    Result<Json> read(const Json& request) override {
        auto prompt = prompt_of(member(request, "prompt"));
        if (!prompt) return prompt.error();
        Json common = {{"model", circumstances().server_model}};
        common["messages"] = Json::array({{{"role", "user"}, {"content", std::move(*prompt)}}});
        for (const auto& [name, value] : request.items())
            if (auto result = take_member(name, value, common); !result) return result.error();
        auto wish = take_stream_wish(common);
        if (!wish) return wish.error();
        begin(*wish, openai_start("cmpl-", "text_completion", circumstances()));
        return common;
    }

private:
    // Completions have no member for what a model thinks; it is said beside the text, as chats have it.
    static Json choice_json(std::string_view text, std::string_view reasoning, std::size_t index,
                            const Json& logprobs, const Json& reason) {
        Json choice = {{"text", text}, {"index", index}, {"logprobs", logprobs}, {"finish_reason", reason}};
        if (!reasoning.empty()) choice["reasoning_content"] = reasoning;
        return choice;
    }

    void write_event(const ChatEvent& event, Choice& choice, std::string& out) override {
        bool thought = event.kind == ChatEvent::Kind::reasoning;
        bool last = event.kind == ChatEvent::Kind::finish;
        std::string_view text = thought || last ? std::string_view() : std::string_view(event.text);
        Json logprobs;
        add_old_logprobs(choice, text, logprobs, event.logprobs);
        open_chunk(out);
        out.append(json_text(choice_json(text, thought ? event.text : "", event.choice, logprobs,
                                         last ? Json(openai_reason(event.reason)) : Json())));
        close_chunk(out);
    }

    void keep(const ChatEvent& event, Choice& choice) override {
        if (event.kind == ChatEvent::Kind::finish) {
            choice.reason = openai_reason(event.reason);
        } else if (event.kind == ChatEvent::Kind::reasoning) {
            choice.reasoning += event.text;
        } else {
            add_old_logprobs(choice, event.text, choice.logprobs, event.logprobs);
            choice.text += event.text;
        }
    }

    Json choice_of(const Choice& choice, std::size_t index) const override {
        return choice_json(choice.text, choice.reasoning, index, choice.logprobs, choice.reason);
    }
};

}  // namespace

std::unique_ptr<ClientSide> openai_completions_client(const Circumstances& circumstances) {
    return std::make_unique<OpenAiCompletionsClient>(circumstances);
}

}  // namespace aihub::translate
