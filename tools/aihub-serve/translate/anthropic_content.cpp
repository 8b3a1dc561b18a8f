#include "tools/aihub-serve/translate/anthropic_content.hpp"

#include <algorithm>
#include <array>

#include "tools/aihub-serve/translate/chat_parts.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {
namespace {

// What the blocks of one message add up to.
struct Turn {
    Json parts = Json::array();
    Json calls = Json::array();
    Json results = Json::array();  // messages
    std::string reasoning;
};

using ReadBlock = void (*)(Members& block, Turn& turn);

void read_text(Members& block, Turn& turn) {
    turn.parts.push_back(text_part(block.required_text("text")));
    block.refuse("citations", "write what is cited into the text");
}

std::string data_url(Members& source) {
    return "data:" + source.required_text("media_type") + ";base64," + source.required_text("data");
}

void read_image(Members& block, Turn& turn) {
    block.refuse("transformations");
    const Json* json = block.object("source");
    if (!json) return block.complain(malformed(block.path("source"), "an object"));
    Members source(*json, block.path("source"), block.complaint());
    const std::string& type = source.required_text("type");
    if (type == "base64")
        turn.parts.push_back(image_part(data_url(source)));
    else if (type == "url")
        turn.parts.push_back(image_part(source.required_text("url")));
    else
        source.refuse_value("type", type, "send the image as base64");
}

void read_blocks(const Json& list, const std::string& path, std::string_view place, Turn& turn,
                 Complaint& complaint);

void read_document_content(const Json& content, const std::string& path, Turn& turn, Complaint& complaint) {
    if (content.is_string())
        turn.parts.push_back(text_part(content.get<std::string>()));
    else
        read_blocks(content, path, "document", turn, complaint);
}

void read_document_source(Members& source, Turn& turn) {
    const std::string& type = source.required_text("type");
    const Json* content = source.any("content");
    if (type == "text") {
        source.word("media_type", {"text/plain"});
        turn.parts.push_back(text_part(source.required_text("data")));
    } else if (type == "content" && content) {
        read_document_content(*content, source.path("content"), turn, source.complaint());
    } else {
        source.refuse_value("type", type, "send the document's text");
    }
}

void add_text_if_any(Members& block, std::string_view name, Turn& turn) {
    const std::string* text = block.text(name);
    if (text) turn.parts.push_back(text_part(*text));
}

void refuse_citations(Members& block) {
    const Json* citations = block.object("citations");
    if (!citations) return;
    Members members(*citations, block.path("citations"), block.complaint());
    members.refuse("enabled", "models behind this API do not cite; leave it out");
}

// Title and context are for the model to read, so they go before the text.
void read_document(Members& block, Turn& turn) {
    refuse_citations(block);
    add_text_if_any(block, "title", turn);
    add_text_if_any(block, "context", turn);
    const Json* json = block.object("source");
    if (!json) return block.complain(malformed(block.path("source"), "an object"));
    Members source(*json, block.path("source"), block.complaint());
    read_document_source(source, turn);
}

void read_search_result(Members& block, Turn& turn) {
    refuse_citations(block);
    turn.parts.push_back(text_part(block.required_text("title")));
    turn.parts.push_back(text_part(block.required_text("source")));
    const Json* content = block.list("content");
    if (!content) return block.complain(malformed(block.path("content"), "a list of text blocks"));
    read_blocks(*content, block.path("content"), "search result", turn, block.complaint());
}

// The signature proves to Anthropic's own servers whose thinking it is; others have no use for it.
void read_thinking(Members& block, Turn& turn) {
    turn.reasoning += block.required_text("thinking");
    block.accept({"signature"});
}

void refuse_redacted(Members& block, Turn&) {
    block.refuse_value("type", "redacted_thinking",
                       "only Anthropic's servers can read it; leave the block out");
}

void refuse_other_callers(Members& block) {
    const Json* caller = block.object("caller");
    if (!caller) return;
    Members members(*caller, block.path("caller"), block.complaint());
    members.word("type", {"direct"});
}

void read_tool_use(Members& block, Turn& turn) {
    refuse_other_callers(block);
    block.refuse("toolset_name");
    const Json* input = block.object("input");
    if (!input) return block.complain(malformed(block.path("input"), "an object"));
    turn.calls.push_back(
        function_call(block.required_text("id"), block.required_text("name"), json_text(*input)));
}

// The common form has no place for the flag, and the model is whom it is meant for.
void mark_as_error(Json& parts) {
    bool begins_with_text = !parts.empty() && parts[0]["type"] == "text";
    if (begins_with_text)
        parts[0]["text"] = "Error: " + parts[0]["text"].get<std::string>();
    else
        parts.insert(parts.begin(), text_part("Error"));
}

void read_result_content(Members& block, Turn& inner) {
    const Json* content = block.any("content");
    if (!content) return;
    if (content->is_string())
        inner.parts.push_back(text_part(content->get<std::string>()));
    else
        read_blocks(*content, block.path("content"), "tool result", inner, block.complaint());
}

void read_tool_result(Members& block, Turn& turn) {
    Turn inner;
    block.refuse("toolset_name");
    read_result_content(block, inner);
    if (block.flag("is_error").value_or(false)) mark_as_error(inner.parts);
    turn.results.push_back(
        tool_message(block.required_text("tool_use_id"), content_of(std::move(inner.parts))));
}

// A type of block, and where it may stand.
struct BlockType {
    std::string_view name;
    std::string_view places;
    ReadBlock read;
};
constexpr std::array block_types = {
    BlockType{"text", "user assistant system document search result tool result", read_text},
    BlockType{"image", "user document tool result", read_image},
    BlockType{"document", "user tool result", read_document},
    BlockType{"search_result", "user tool result", read_search_result},
    BlockType{"thinking", "assistant", read_thinking},
    BlockType{"redacted_thinking", "assistant", refuse_redacted},
    BlockType{"tool_use", "assistant", read_tool_use},
    BlockType{"tool_result", "user", read_tool_result},
};

void read_block(Members& block, std::string_view place, Turn& turn) {
    const std::string& type = block.required_text("type");
    block.accept({"cache_control"});  // what is cached is no matter of the answer
    for (const BlockType& each : block_types)
        if (each.name == type && each.places.find(place) != std::string_view::npos)
            return each.read(block, turn);
    if (!type.empty()) block.refuse_value("type", type, "leave the block out");
}

void read_blocks(const Json& list, const std::string& path, std::string_view place, Turn& turn,
                 Complaint& complaint) {
    if (!list.is_array()) {
        if (!complaint) complaint = malformed(path, "a string or a list of blocks");
        return;
    }
    for (std::size_t i = 0; i < list.size() && !complaint; ++i) {
        Members block(list[i], item_path(path, i), complaint);
        read_block(block, place, turn);
    }
}

void read_content(const Json& content, const std::string& path, std::string_view role, Turn& turn,
                  Complaint& complaint) {
    if (content.is_string())
        turn.parts.push_back(text_part(content.get<std::string>()));
    else
        read_blocks(content, path, role, turn, complaint);
}

// Results first: they must stand right behind the calls that they answer.
void append_turn(const std::string& role, Turn& turn, Json& messages) {
    for (Json& result : turn.results) messages.push_back(std::move(result));
    bool only_results = !turn.results.empty() && turn.parts.empty();
    if (only_results) return;
    Json message = {{"role", role}, {"content", content_of(std::move(turn.parts))}};
    if (!turn.reasoning.empty()) message["reasoning_content"] = std::move(turn.reasoning);
    if (!turn.calls.empty()) message["tool_calls"] = std::move(turn.calls);
    messages.push_back(std::move(message));
}

}  // namespace

std::string anthropic_system(const Json& system, Complaint& complaint) {
    Turn turn;
    read_content(system, "system", "system", turn, complaint);
    Json text = content_of(std::move(turn.parts));
    return text.is_string() ? text.get<std::string>() : std::string();
}

void read_anthropic_message(const Json& json, std::size_t index, Json& messages, Complaint& complaint) {
    Members message(json, item_path("messages", index), complaint);
    const std::string* role = message.word("role", {"user", "assistant", "system"});
    const Json* content = message.any("content");
    if (!role) return message.complain(malformed(message.path("role"), "user, assistant or system"));
    if (!content) return message.complain(malformed(message.path("content"), "a string or a list of blocks"));
    Turn turn;
    read_content(*content, message.path("content"), *role, turn, complaint);
    if (!complaint) append_turn(*role, turn, messages);
}

}  // namespace aihub::translate
