// The output of OpenAI's responses: items (reasoning, message, calls of functions) with their parts, and the
// events that tell of them while they grow. The items are gathered for streams too, because the last event
// repeats them all. One a reply.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/aihub-serve/translate/argument_scan.hpp"
#include "tools/aihub-serve/translate/chat_event.hpp"
#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

class ResponsesEvents {
public:
    ResponsesEvents(bool streams, std::string id_stem) : streams_(streams), id_stem_(std::move(id_stem)) {}

    // `out` gets the events; nothing when the reply is whole.
    void tell(std::string_view type, const Json& response, std::string& out);  // "response.created"
    void add_text(const ChatEvent& event, std::string& out);                   // text, reasoning or refusal
    void add_call(const ChatEvent& event, std::string& out);                   // tool_call or tool_arguments
    // Whatever is open ends; as "incomplete" when the model was cut short.
    void finish(bool cut_short, std::string& out);

    Json items() const;

private:
    struct Part {
        ChatEvent::Kind kind;
        std::string text = {};
        Json logprobs = Json::array();
    };
    struct Item {
        ChatEvent::Kind kind;  // text: a message; reasoning; tool_call
        std::string id = {};
        const char* status = "in_progress";
        std::vector<Part> parts = {};
        std::size_t call_index = 0;  // of the events
        std::string call_id = {}, name = {}, arguments = {};
        ArgumentScan scan = {};
    };

    Item& open_item(Item item, std::string& out);
    void open_text_item(ChatEvent::Kind kind, std::string& out);
    void open_part(ChatEvent::Kind kind, std::string& out);
    bool has_place(const ChatEvent& event) const;
    void close_part(std::string& out);
    void close_text_item(const char* status, std::string& out);
    std::optional<std::size_t> find_call(std::size_t call_index) const;
    void add_arguments(std::size_t index, std::string_view text, std::string& out);
    void close_call(std::size_t index, const char* status, std::string& out);
    void close_complete_calls(std::string& out);
    void end_item(std::size_t index, const char* status, std::string& out);

    void delta(std::string_view type, std::size_t index, std::string_view text, const Json* logprobs,
               std::string& out);
    void tell_part(std::string_view type, const Part& part, std::string& out);
    void tell_text_done(const Part& part, std::string& out);
    void tell_item(std::string_view type, std::size_t index, std::string& out);
    void write(Json event, std::string& out);
    Json place_of(std::string_view type, std::size_t index, bool with_part) const;
    static Json part_json(const Part& part);
    static Json item_json(const Item& item);

    bool streams_;
    std::string id_stem_;
    std::vector<Item> items_;
    std::optional<std::size_t> open_;  // the message or reasoning that grows; calls grow beside each other
    std::uint64_t sequence_ = 0;
};

}  // namespace aihub::translate
