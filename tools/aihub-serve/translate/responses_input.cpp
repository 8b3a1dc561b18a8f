#include "tools/aihub-serve/translate/responses_input.hpp"

#include <array>

#include "tools/aihub-serve/translate/chat_parts.hpp"

namespace aihub::translate {
namespace {

using ReadPart = void (*)(Members& part, Json& parts);
using ReadItem = void (*)(Members& item, Json& messages);

// What a model has written comes back with marks that are of use to the reader only.
void read_text(Members& part, Json& parts) {
    parts.push_back(text_part(part.required_text("text")));
    part.accept({"annotations", "logprobs"});
}

void read_refusal(Members& part, Json& parts) {
    parts.push_back(text_part(part.required_text("refusal")));
}

void read_image(Members& part, Json& parts) {
    part.refuse("file_id", "send the image itself as a data: URL");
    Json image = image_part(part.required_text("image_url"));
    const std::string* detail = part.text("detail");
    if (detail && *detail != "auto") image["image_url"]["detail"] = *detail;
    parts.push_back(std::move(image));
}

void read_audio(Members& part, Json& parts) {
    const Json* audio = part.object("input_audio");
    if (!audio) return part.complain(malformed(part.path("input_audio"), "an object"));
    parts.push_back({{"type", "input_audio"}, {"input_audio", *audio}});
}

void refuse_file(Members& part, Json&) {
    part.accept({"file_id", "file_data", "file_url", "filename", "detail"});
    part.refuse_value("type", "input_file", "send the text that is in the file");
}

struct PartType {
    std::string_view name;
    ReadPart read;
};
constexpr std::array part_types = {
    PartType{"input_text", read_text},   PartType{"output_text", read_text},
    PartType{"refusal", read_refusal},   PartType{"input_image", read_image},
    PartType{"input_audio", read_audio}, PartType{"input_file", refuse_file},
};

void read_part(Members& part, Json& parts) {
    const std::string& type = part.required_text("type");
    part.accept({"prompt_cache_breakpoint"});
    for (const PartType& each : part_types)
        if (each.name == type) return each.read(part, parts);
    part.refuse_value("type", type, "leave it out");
}

Json read_content(Members& item, std::string_view name) {
    const Json* content = item.any(name);
    if (content && content->is_string()) return *content;
    if (!content || !content->is_array()) {
        item.complain(malformed(item.path(name), "a string or a list of parts"));
        return "";
    }
    Json parts = Json::array();
    for (std::size_t i = 0; i < content->size() && !item.complaint(); ++i) {
        Members part((*content)[i], item_path(item.path(name), i), item.complaint());
        read_part(part, parts);
    }
    return content_of(std::move(parts));
}

// The message of the model's current turn; a new one when none is under way.
Json& assistant_turn(Json& messages) {
    if (messages.empty() || messages.back()["role"] != "assistant")
        messages.push_back({{"role", "assistant"}, {"content", ""}});
    return messages.back();
}

bool has_spoken(const Json& turn) {
    return turn["content"] != "" || turn.contains("tool_calls");
}

// A turn in which nothing has been said since its reasoning, if any; a new one when it has.
Json& silent_turn(Json& messages) {
    Json& turn = assistant_turn(messages);
    if (!has_spoken(turn)) return turn;
    messages.push_back({{"role", "assistant"}, {"content", ""}});
    return messages.back();
}

// Local templates know no developer; OpenAI has the word in the place of system.
std::string role_of(Members& item) {
    const std::string* role = item.word("role", {"user", "assistant", "system", "developer"});
    if (!role) item.complain(malformed(item.path("role"), "user, assistant, system or developer"));
    return role && *role != "developer" ? *role : "system";
}

void read_message(Members& item, Json& messages) {
    item.accept({"phase"});
    std::string role = role_of(item);
    Json content = read_content(item, "content");
    if (role == "assistant")
        silent_turn(messages)["content"] = std::move(content);
    else
        messages.push_back({{"role", std::move(role)}, {"content", std::move(content)}});
}

void refuse_caller(Members& item) {
    const Json* caller = item.object("caller");
    if (!caller) return;
    Members members(*caller, item.path("caller"), item.complaint());
    members.word("type", {"direct"});
}

void read_function_call(Members& item, Json& messages) {
    refuse_caller(item);
    item.refuse("namespace");
    item.refuse("async");
    Json call = function_call(item.required_text("call_id"), item.required_text("name"),
                              item.required_text("arguments"));
    assistant_turn(messages)["tool_calls"].push_back(std::move(call));
}

void read_function_output(Members& item, Json& messages) {
    refuse_caller(item);
    item.refuse("namespace");
    item.accept({"name"});
    std::string id = item.required_text("call_id");
    messages.push_back(tool_message(std::move(id), read_content(item, "output")));
}

std::string joined_texts(Members& item, std::string_view list_name, std::string_view type) {
    std::string out;
    const Json* list = item.list(list_name);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        Members part((*list)[i], item_path(item.path(list_name), i), item.complaint());
        part.word("type", {type});
        out.append(out.empty() ? "" : "\n").append(part.required_text("text"));
    }
    return out;
}

// The thinking itself, else what was said about it.
void read_reasoning(Members& item, Json& messages) {
    const std::string* sealed = item.text("encrypted_content");
    if (sealed && !sealed->empty())
        item.complain(not_to_be_had(item.path("encrypted_content"), "only OpenAI can read it; leave it out"));
    std::string summary = joined_texts(item, "summary", "summary_text");
    std::string text = joined_texts(item, "content", "reasoning_text");
    if (text.empty()) text = std::move(summary);
    if (text.empty()) return;
    Json& reasoning = silent_turn(messages)["reasoning_content"];
    reasoning = reasoning.is_null() ? std::move(text) : reasoning.get<std::string>() + "\n" + text;
}

struct ItemType {
    std::string_view name;
    ReadItem read;
};
constexpr std::array item_types = {
    ItemType{"message", read_message},
    ItemType{"function_call", read_function_call},
    ItemType{"function_call_output", read_function_output},
    ItemType{"reasoning", read_reasoning},
};

void read_item(Members& item, Json& messages) {
    const std::string* given = item.text("type");
    const std::string type = given ? *given : "message";
    item.accept({"id", "status"});
    for (const ItemType& each : item_types)
        if (each.name == type) return each.read(item, messages);
    std::string_view advice =
        type == "item_reference" ? "nothing is stored here; send the item itself" : "leave the item out";
    item.refuse_value("type", type, advice);
}

}  // namespace

void read_responses_input(const Json& input, Json& messages, Complaint& complaint) {
    if (input.is_string()) {
        messages.push_back({{"role", "user"}, {"content", input}});
        return;
    }
    if (!input.is_array()) {
        if (!complaint) complaint = malformed("input", "a string or a list of items");
        return;
    }
    for (std::size_t i = 0; i < input.size() && !complaint; ++i) {
        Members item(input[i], item_path("input", i), complaint);
        read_item(item, messages);
    }
}

}  // namespace aihub::translate
