#include "tools/aihub-serve/translate/ollama_messages.hpp"

#include <algorithm>
#include <array>

#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::translate {
namespace {

using Complaint = std::optional<Error>;

Error refuse(const std::string& member, std::string_view what_to_do = "leave it out") {
    return no_counterpart(member, name_of(Api::ollama_chat), what_to_do);
}

// One message on its way. `where` is "messages[2]".
struct Message {
    const Json& all;
    std::size_t index;
    const Json& from = all[index];
    std::string where = "messages[" + std::to_string(index) + "]";
    std::string content = {};
    Json images = Json::array();
    Json to = Json::object();
};

void add_text(Message& message, const std::string& text) {
    // Between two parts there is a line's end, as servers that take parts put it.
    if (!message.content.empty()) message.content += '\n';
    message.content += text;
}

Complaint take_text(Message& message, const Json& text, const std::string& where) {
    if (!text.is_string()) return malformed(where, "a string");
    add_text(message, text.get_ref<const std::string&>());
    return {};
}

Complaint add_data_url(Message& message, const Json& url, const std::string& where) {
    constexpr std::string_view marker = ";base64,";
    if (!url.is_string()) return malformed(where, "a data: URL in base64");
    const std::string& text = url.get_ref<const std::string&>();
    if (text.starts_with("http://") || text.starts_with("https://"))
        return Error(ErrorCode::invalid_input,
                     "\"" + where + "\" is an address; a server of Ollama's API fetches none",
                     "send it as a data: URL");
    std::size_t at = text.starts_with("data:") ? text.find(marker) : std::string::npos;
    if (at == std::string::npos) return malformed(where, "a data: URL in base64");
    message.images.push_back(text.substr(at + marker.size()));
    return {};
}

// `detail` says what OpenAI shall bill; a local model looks at the picture as it is.
Complaint add_image(Message& message, const Json& image, const std::string& where) {
    return image.is_object() ? add_data_url(message, member(image, "url"), where + ".url")
                             : add_data_url(message, image, where);
}

// Models that hear take sounds where others take pictures.
Complaint add_audio(Message& message, const Json& audio, const std::string& where) {
    const Json& sound = member(audio, "data");
    if (!sound.is_string()) return malformed(where + ".data", "sound in base64");
    message.images.push_back(sound);
    return {};
}

struct Part {
    std::string_view type;
    Complaint (*take)(Message&, const Json&, const std::string& where);
};
// What a part says stands under the name of its type.
constexpr std::array parts = {Part{"text", take_text}, Part{"refusal", take_text},
                              Part{"image_url", add_image}, Part{"input_audio", add_audio}};

Complaint add_part(Message& message, const Json& given, const std::string& where) {
    std::string type(text_member(given, "type"));
    if (type.empty()) return malformed(where, "an object with a type");
    for (const Part& part : parts)
        if (part.type == type) return part.take(message, member(given, type), where + "." + type);
    return refuse(where + "." + type, "send text and images");
}

Complaint add_parts(Message& message, const Json& content) {
    for (std::size_t at = 0; at < content.size(); ++at)
        if (auto complaint =
                add_part(message, content[at], message.where + ".content[" + std::to_string(at) + "]"))
            return complaint;
    return {};
}

Complaint take_content(Message& message, const Json& content) {
    if (content.is_array()) return add_parts(message, content);
    if (!content.is_string()) return malformed(message.where + ".content", "a string or a list of parts");
    return take_text(message, content, message.where + ".content");
}

Complaint take_role(Message& message, const Json& role) {
    constexpr std::array<std::string_view, 4> known = {"system", "user", "assistant", "tool"};
    std::string at = message.where + ".role";
    std::string name = role.is_string() ? role.get<std::string>() : "";
    if (name == "developer") name = "system";
    if (std::find(known.begin(), known.end(), name) == known.end())
        return malformed(at, "system, developer, user, assistant or tool");
    message.to["role"] = name;
    return {};
}

Result<Json> arguments_of(const Json& given, const std::string& where) {
    Json arguments = given;
    if (given.is_null() || given == "") arguments = Json::object();
    if (arguments.is_string()) {
        auto parsed = read_json(given.get_ref<const std::string&>());
        arguments = parsed ? std::move(*parsed) : Json();
    }
    if (!arguments.is_object()) return malformed(where + ".function.arguments", "a JSON object");
    return arguments;
}

Result<Json> tool_call(const Json& call, const std::string& where) {
    const Json& function = member(call, "function");
    if (!member(function, "name").is_string()) return malformed(where + ".function.name", "a string");
    auto arguments = arguments_of(member(function, "arguments"), where);
    if (!arguments) return arguments.error();
    Json to = Json::object();
    if (member(call, "id").is_string()) to["id"] = member(call, "id");
    to["function"] = {{"name", member(function, "name")}, {"arguments", std::move(*arguments)}};
    return to;
}

Complaint take_tool_calls(Message& message, const Json& calls) {
    std::string where = message.where + ".tool_calls";
    if (!calls.is_array()) return malformed(where, "a list of calls");
    Json all = Json::array();
    for (std::size_t at = 0; at < calls.size(); ++at) {
        auto call = tool_call(calls[at], where + "[" + std::to_string(at) + "]");
        if (!call) return call.error();
        all.push_back(std::move(*call));
    }
    if (!all.empty()) message.to["tool_calls"] = std::move(all);
    return {};
}

// The name in the call that `id` belongs to; looked for backwards, so that ids which repeat mean the call
// just before.
std::string_view called_name(const Message& message, const Json& id) {
    for (std::size_t at = message.index; at-- > 0;)
        if (const Json& calls = member(message.all[at], "tool_calls"); calls.is_array())
            for (const Json& call : calls)
                if (member(call, "id") == id) return text_member(member(call, "function"), "name");
    return {};
}

Complaint take_tool_call_id(Message& message, const Json& id) {
    if (!id.is_string()) return malformed(message.where + ".tool_call_id", "a string");
    if (auto name = called_name(message, id); !name.empty() && !message.to.contains("tool_name"))
        message.to["tool_name"] = name;
    message.to["tool_call_id"] = id;
    return {};
}

// Of the tool whose result this is; speakers have no names in Ollama's API.
Complaint take_name(Message& message, const Json& name) {
    if (text_member(message.from, "role") != "tool") return refuse(message.where + ".name");
    message.to["tool_name"] = name;
    return {};
}

Complaint take_thinking(Message& message, const Json& text) {
    if (!text.is_string()) return malformed(message.where + ".reasoning_content", "a string");
    message.to["thinking"] = text;
    return {};
}

// What the assistant said, in the member that OpenAI has for it.
Complaint take_refusal(Message& message, const Json& text) {
    return take_text(message, text, message.where + ".refusal");
}

// Remarks on a text that no model sees.
Complaint ignore(Message&, const Json&) {
    return {};
}

struct Rule {
    std::string_view name;
    Complaint (*take)(Message&, const Json&);
};
constexpr std::array rules = {
    Rule{"role", take_role},
    Rule{"content", take_content},
    Rule{"refusal", take_refusal},
    Rule{"reasoning_content", take_thinking},
    Rule{"reasoning", take_thinking},
    Rule{"tool_calls", take_tool_calls},
    Rule{"tool_call_id", take_tool_call_id},
    Rule{"name", take_name},
    Rule{"annotations", ignore},
    Rule{"cache_control", ignore},
};

Complaint take(Message& message, const std::string& name, const Json& value) {
    for (const Rule& rule : rules)
        if (rule.name == name) return rule.take(message, value);
    return refuse(message.where + "." + name);
}

Complaint take_all(Message& message) {
    if (member(message.from, "role").is_null()) return malformed(message.where, "an object with a role");
    for (const auto& [name, value] : message.from.items())
        if (!value.is_null())
            if (auto complaint = take(message, name, value)) return complaint;
    return {};
}

Json finished(Message& message) {
    Json to = {{"role", message.to["role"]}, {"content", std::move(message.content)}};
    for (auto& [name, value] : message.to.items()) to[name] = std::move(value);
    if (!message.images.empty()) to["images"] = std::move(message.images);
    return to;
}

}  // namespace

Result<Json> ollama_messages(const Json& messages) {
    if (!messages.is_array()) return malformed("messages", "a list of messages");
    Json all = Json::array();
    for (std::size_t at = 0; at < messages.size(); ++at) {
        Message message{messages, at};
        if (auto complaint = take_all(message)) return *complaint;
        all.push_back(finished(message));
    }
    return all;
}

}  // namespace aihub::translate
