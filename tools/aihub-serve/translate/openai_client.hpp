// What the client sides of OpenAI's chat completions and completions have in common: a reply is a list of
// choices, as a stream of chunks with the counts in one of their own, or whole. `Choice` is what a side
// remembers of one. Private to translate/. One a request.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/aihub-serve/translate/chat_sides.hpp"
#include "tools/aihub-serve/translate/openai_reply.hpp"
#include "tools/aihub-serve/translate/sse.hpp"

namespace aihub::translate {

template <typename Choice>
class OpenAiClient : public ClientSide {
public:
    explicit OpenAiClient(const Circumstances& circumstances) : circumstances_(circumstances) {}

    bool streams() const final { return wish_.streams; }
    std::string_view content_type() const final {
        return wish_.streams ? "text/event-stream" : "application/json";
    }

    void event(const ChatEvent& event, std::string& out) final {
        if (event.kind == ChatEvent::Kind::usage) {
            usage_ = event.usage;
            return;
        }
        if (choices_.size() <= event.choice) choices_.resize(event.choice + 1);
        Choice& choice = choices_[event.choice];
        wish_.streams ? write_event(event, choice, out) : keep(event, choice);
    }

    void end(std::string& out) final {
        if (!wish_.streams) return write_whole(out);
        if (wish_.usage)
            write_sse(out, start_ + "\"choices\":[],\"usage\":" + json_text(openai_usage(usage_)) + "}");
        write_sse(out, "[DONE]");
    }

protected:
    const Circumstances& circumstances() const { return circumstances_; }

    // `start` is openai_start()'s.
    void begin(StreamWish wish, std::string start) {
        wish_ = wish;
        start_ = std::move(start);
    }

    // Around the one choice of a chunk.
    void open_chunk(std::string& out) const { out.append("data: ").append(start_).append("\"choices\":["); }
    void close_chunk(std::string& out) const { out.append(wish_.usage ? "],\"usage\":null}\n\n" : "]}\n\n"); }

private:
    virtual void write_event(const ChatEvent& event, Choice& choice, std::string& out) = 0;
    virtual void keep(const ChatEvent& event, Choice& choice) = 0;
    // A choice of a whole reply.
    virtual Json choice_of(const Choice& choice, std::size_t index) const = 0;

    void write_whole(std::string& out) const {
        Json list = Json::array();
        for (const Choice& choice : choices_) list.push_back(choice_of(choice, list.size()));
        out.append(start_).append("\"choices\":").append(json_text(list));
        out.append(",\"usage\":").append(json_text(openai_usage(usage_))).append("}");
    }

    Circumstances circumstances_;
    StreamWish wish_;
    std::string start_;
    std::vector<Choice> choices_;
    Usage usage_;
};

}  // namespace aihub::translate
