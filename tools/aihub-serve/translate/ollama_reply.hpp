// A reply as Ollama's chat and generate give it: a line of JSON a piece, or one document, with the members in
// Ollama's order. Tool calls are given whole. One a request; not shared between threads.
#pragma once

#include <string>
#include <vector>

#include "tools/aihub-serve/translate/chat_event.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/ollama_time.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::translate {

class OllamaReply {
public:
    enum class Shape { chat, generate };

    OllamaReply(Shape shape, const Circumstances& circumstances);

    // `alternatives`: the request asked for the most likely tokens, too.
    void begin(bool streams, bool alternatives);
    bool streams() const { return streams_; }
    std::string_view content_type() const;

    void event(const ChatEvent& event, std::string& out);
    void end(std::string& out);

private:
    struct Call {
        std::string id, name, arguments;
    };

    void say(std::string& so_far, std::string_view name, const ChatEvent& event, std::string& out);
    void write_line(std::string_view content, std::string_view extra, const Json& logprobs, std::string& out);
    void write_start(std::string& out);
    void write_message(std::string_view content, std::string_view extra, std::string& out) const;
    void write_metrics(std::string& out) const;
    void begin_call(const ChatEvent& event);
    void write_calls(std::string& out);
    Json logprobs_of(const ChatEvent& event) const;
    std::string call_list();

    Shape shape_;
    std::string id_stem_;
    std::string start_;  // the beginning of every line
    ReplyClock clock_;
    bool streams_ = true;
    bool alternatives_ = false;
    std::string text_, thinking_;  // of a whole reply
    std::vector<Call> calls_;
    Json logprobs_ = Json::array();
    std::string done_reason_ = "stop";
    Usage usage_;
    Timing timing_;
};

}  // namespace aihub::translate
