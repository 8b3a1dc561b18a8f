// The content blocks of an Anthropic reply, which stand one after another and never overlap: text, thinking
// and tool calls as they come, each written to the stream or gathered for a whole reply.
//
// Calls whose arguments come interleaved wait until the one before is complete, and what is said while a call
// is incomplete comes after it. One a reply.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tools/aihub-serve/translate/argument_scan.hpp"
#include "tools/aihub-serve/translate/chat_event.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

class AnthropicBlocks {
public:
    struct Form {
        bool streams = false;
        bool omits_thinking = false;
        std::string id_stem;
    };
    explicit AnthropicBlocks(Form form) : form_(std::move(form)) {}

    // `out` gets events of the stream; nothing when the reply is whole.
    void add_text(std::string_view text, std::string& out);
    void add_thinking(std::string_view text, std::string& out);
    void add_call(const ChatEvent& event, std::string& out);  // tool_call or tool_arguments
    void finish(std::string& out);

    bool has_calls() const { return !calls_.empty(); }
    // Of a whole reply, after finish().
    Json take_content() { return std::move(content_); }

private:
    enum class Kind { none, text, thinking, call };
    struct Call {
        std::size_t index;  // of the events
        std::string id, name;
        std::string waiting;  // arguments that are not yet written
        ArgumentScan scan;
    };

    struct Saying {
        Kind kind;
        std::string text;
    };

    void say(Kind kind, std::string_view text, std::string& out);
    void postpone(Kind kind, std::string_view text);
    bool is_amid_call() const;
    void switch_to(Kind kind, std::string& out);
    void open(Kind kind, const Json& block, std::string& out);
    void close(std::string& out);
    void delta(std::string_view type, std::string_view member, std::string_view text, std::string& out);
    Call& call_of(const ChatEvent& event);
    void open_call(std::string& out);
    void write_arguments(std::string& out);
    void advance(std::string& out);
    void flush_calls(std::string& out);
    Json whole_block();

    Form form_;
    Kind kind_ = Kind::none;
    std::size_t index_ = 0;  // of the open block, else of the next
    std::string text_;       // of the open block, for a whole reply
    std::vector<Call> calls_;
    std::size_t current_ = 0;  // the call that is open or will be next
    std::vector<Saying> postponed_;
    Json content_ = Json::array();
};

// An event of the stream.
void write_anthropic_event(std::string& out, const Json& event);

}  // namespace aihub::translate
