#include "shared/config/settings_file.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "shared/base/similar.hpp"
#include "shared/base/strings.hpp"
#include "shared/config/base_url.hpp"
#include "shared/config/json_tree.hpp"
#include "shared/config/node_value.hpp"

namespace aihub::config {
namespace {

using Kind = JsonNode::Kind;

constexpr Setting field(std::string_view name, Type type, std::string_view allowed = {},
                        bool secret = false) {
    return Setting{name, type, "", "", "", true, secret, "", allowed};
}

constexpr std::array service_fields = {
    field("url", Type::text, "url"),
    field("urls", Type::list, "url"),
    field("kind", Type::text, "ollama|openai|speech|transcription|openwebui|plain"),
    field("key", Type::text, {}, true),
    field("body_limit", Type::size),
    field("connect_timeout", Type::duration),
    field("first_byte_timeout", Type::duration),
    field("idle_timeout", Type::duration),
    field("weights", Type::list, "1..1000"),
    field("models", Type::list),
    field("verify_tls", Type::boolean),
    field("priority", Type::integer, "0..1000"),
    field("group", Type::text),
    field("max_concurrent", Type::integer, "0..100000"),
    field("cost", Type::number),
    field("apis", Type::list, "chat|messages|responses|ollama|completions|embeddings"),
};
constexpr std::array hub_fields = {
    field("Name", Type::text),
    field("Address", Type::text, "url"),
    field("Load", Type::integer, "0..1000000000"),
    field("Capacity", Type::integer, "0..1000000000"),
};
constexpr std::array loaded_model_fields = {
    field("model_type", Type::text, "auto|text|vision|omni|embedding|vision-embedding|tts|audio"),
    field("keep_alive", Type::text),
};
constexpr std::array model_fields = {
    field("type", Type::text, "text|vision|omni|embedding|vision-embedding|tts|audio"),
    field("context_length", Type::integer, "1..1000000000"),
    field("tools", Type::boolean),
    field("fallbacks", Type::list),
    field("input_per_1k", Type::number),
    field("output_per_1k", Type::number),
    field("audio_per_minute", Type::number),
    field("speech_per_1k_characters", Type::number),
    field("requests_per_minute", Type::integer, "0..1000000000"),
    field("tokens_per_minute", Type::integer, "0..1000000000000"),
};
constexpr std::array tier_fields = {
    field("unlimited", Type::boolean),
    field("requests_per_minute", Type::integer, "0..1000000000"),
    field("tokens_per_minute", Type::integer, "0..1000000000000"),
    field("max_concurrent", Type::integer, "0..1000000"),
    field("prepaid", Type::boolean),
    field("weight", Type::integer, "1..1000"),
    field("input_per_1k", Type::number),
    field("output_per_1k", Type::number),
    field("audio_per_minute", Type::number),
    field("speech_per_1k_characters", Type::number),
};
constexpr std::array group_fields = {
    field("strategy", Type::text, "least-outstanding|round-robin|latency|cost|sticky"),
};
constexpr Setting alias_targets = field("aliases", Type::list);

// Collections that are no rows of the settings table.
constexpr std::array<std::string_view, 7> collections = {
    "services", "HubInstances", "loaded_models", "aliases", "models", "groups", "tiers"};

using Fields = std::map<std::string, Value, std::less<>>;

std::optional<std::int64_t> whole_number(const Fields& fields, std::string_view name) {
    auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return static_cast<std::int64_t>(parse_unsigned(found->second.text).value());
}

std::optional<double> price(const Fields& fields, std::string_view name) {
    auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return std::strtod(found->second.text.c_str(), nullptr);
}

std::optional<bool> yes_or_no(const Fields& fields, std::string_view name) {
    auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return found->second.text == "on";
}

PriceConfig read_prices(const Fields& fields) {
    return {price(fields, "input_per_1k"), price(fields, "output_per_1k"), price(fields, "audio_per_minute"),
            price(fields, "speech_per_1k_characters")};
}

std::vector<std::string_view> known_keys() {
    std::vector<std::string_view> keys(collections.begin(), collections.end());
    for (const Setting& setting : settings_table()) keys.push_back(setting.name);
    return keys;
}

// The row whose environment variable somebody wrote as a key.
const Setting* row_of_variable(std::string_view name) {
    for (const Setting& setting : settings_table())
        for (std::string_view variable : split(setting.environment, ','))
            if (variable == name) return &setting;
    return nullptr;
}

class Reader {
public:
    Reader(const std::string& label, std::vector<Error>& mistakes) : label_(label), mistakes_(mistakes) {}

    SettingsFile read(std::string_view text) {
        Result<JsonNode> root = parse_json(text);
        if (!root) {
            Error error = root.error();
            mistakes_.emplace_back(error.code, label_ + ":" + error.message, "correct the JSON there");
        } else if (root->kind != Kind::object) {
            mistake(*root, "", "the file must hold an object", "begin it with { and end it with }");
        } else {
            for (const auto& [key, node] : root->members) read_root_member(key, node);
        }
        return std::move(file_);
    }

private:
    std::string place(const JsonNode& node) const { return label_ + ":" + std::to_string(node.line); }

    void mistake(const JsonNode& node, std::string_view key, const std::string& what,
                 const std::string& hint) {
        std::string subject = key.empty() ? "" : printable(key) + ": ";
        mistakes_.emplace_back(ErrorCode::invalid_input, place(node) + ": " + subject + what, hint);
    }

    void unknown(const JsonNode& node, std::string_view path, std::string_view what,
                 std::span<const std::string_view> candidates) {
        std::optional<std::string_view> guess = most_similar(path, candidates);
        if (const Setting* row = row_of_variable(path)) guess = row->name;
        std::string hint = guess ? "did you mean " + std::string(*guess) + "?" : "remove it";
        mistake(node, path, "unknown " + std::string(what), hint);
    }

    bool expect(const JsonNode& node, std::string_view path, Kind kind) {
        if (node.kind == kind) return true;
        mistake(node, path, "wrong type: " + std::string(kind_words(node.kind)),
                "write " + std::string(kind_words(kind)));
        return false;
    }

    void read_root_member(const std::string& key, const JsonNode& node) {
        if (key.starts_with('_') || key == "$schema") return;  // the older gateway writes _config_path
        if (node.kind == Kind::null) return;
        if (key == "services") return read_services(node);
        if (key == "HubInstances") return read_hubs(node);
        if (key == "loaded_models") return read_loaded_models(node);
        if (key == "aliases") return read_aliases(node);
        if (key == "models") return read_models(node);
        if (key == "groups") return read_groups(node);
        if (key == "tiers") return read_tiers(node);
        read_setting(key, node);
    }

    // A row, or an object on the way to rows: "pricing" on the way to "pricing.input_per_1k".
    void read_setting(const std::string& path, const JsonNode& node) {
        if (node.kind == Kind::null) return;
        if (const Setting* row = find_setting(path)) return read_row(*row, node);
        auto inside = [&](const Setting& row) { return row.name.starts_with(path + "."); };
        if (std::none_of(settings_table().begin(), settings_table().end(), inside))
            return unknown(node, path, "key", known_keys());
        if (!expect(node, path, Kind::object)) return;
        for (const auto& [key, member] : node.members) read_setting(path + "." + key, member);
    }

    void read_row(const Setting& row, const JsonNode& node) {
        Result<std::string> value = node_value(row, node);
        if (!value) return mistake(node, row.name, value.error().message, value.error().hint);
        file_.values.insert_or_assign(std::string(row.name), Value{*value, place(node)});
    }

    // The members of one object of a collection, by field name; each is checked against its row.
    Fields read_fields(const std::string& path, const JsonNode& node, std::span<const Setting> rows) {
        Fields fields;
        for (const auto& [key, member] : node.members) {
            auto row = std::find_if(rows.begin(), rows.end(),
                                    [&](const Setting& each) { return iequals(each.name, key); });
            if (row == rows.end()) {
                unknown_field(path, key, member, rows);
                continue;
            }
            if (member.kind == Kind::null) continue;
            Result<std::string> value = node_value(*row, member);
            if (!value)
                mistake(member, path + "." + key, value.error().message, value.error().hint);
            else
                fields.insert_or_assign(std::string(row->name), Value{*value, place(member)});
        }
        return fields;
    }

    void unknown_field(const std::string& path, const std::string& key, const JsonNode& node,
                       std::span<const Setting> rows) {
        std::vector<std::string> names;
        for (const Setting& row : rows) names.push_back(path + "." + std::string(row.name));
        std::vector<std::string_view> candidates(names.begin(), names.end());
        unknown(node, path + "." + key, "field", candidates);
    }

    void read_services(const JsonNode& node) {
        if (!expect(node, "services", Kind::object)) return;
        for (const auto& [name, service] : node.members) {
            std::string path = "services." + name;
            ServiceEntry entry{name, place(service)};
            entry.removed = service.kind == Kind::text && service.text == "off";
            if (!entry.removed) {
                if (!expect(service, path, Kind::object)) continue;
                entry.fields = read_fields(path, service, service_fields);
            }
            file_.services.push_back(std::move(entry));
        }
    }

    void read_hubs(const JsonNode& node) {
        if (!expect(node, "HubInstances", Kind::array)) return;
        for (const JsonNode& item : node.items) {
            if (!expect(item, "HubInstances", Kind::object)) continue;
            auto fields = read_fields("HubInstances", item, hub_fields);
            HubInstance hub;
            auto text = [&](std::string_view name, const std::string& otherwise) {
                auto found = fields.find(name);
                return found == fields.end() ? otherwise : found->second.text;
            };
            hub.name = text("Name", "");
            hub.address = text("Address", "");
            hub.load = parse_unsigned(text("Load", "0")).value();
            hub.capacity = parse_unsigned(text("Capacity", "100")).value();
            file_.hubs.push_back(std::move(hub));
        }
    }

    void read_loaded_models(const JsonNode& node) {
        if (!expect(node, "loaded_models", Kind::object)) return;
        for (const auto& [name, item] : node.members) {
            if (!expect(item, "loaded_models." + name, Kind::object)) continue;
            auto fields = read_fields("loaded_models." + name, item, loaded_model_fields);
            LoadedModel model{name};
            if (auto type = fields.find("model_type"); type != fields.end()) model.type = type->second.text;
            if (auto keep = fields.find("keep_alive"); keep != fields.end())
                model.keep_alive = keep->second.text;
            file_.loaded_models.push_back(std::move(model));
        }
    }

    // "fast": "qwen3", or a list: the first that is there.
    void read_aliases(const JsonNode& node) {
        if (!expect(node, "aliases", Kind::object)) return;
        for (const auto& [name, targets] : node.members) {
            std::string path = "aliases." + name;
            if (name.empty()) return mistake(targets, path, "an alias without a name", "give it one");
            Result<std::string> list = node_value(alias_targets, targets);
            if (!list)
                mistake(targets, path, list.error().message, "write a model's name, or a list of them");
            else if (split_list(*list).empty())
                mistake(targets, path, "it stands for nothing", "write a model's name, or a list of them");
            else
                file_.aliases.push_back({name, split_list(*list), place(targets)});
        }
    }

    void read_models(const JsonNode& node) {
        if (!expect(node, "models", Kind::object)) return;
        for (const auto& [name, item] : node.members) {
            std::string path = "models." + name;
            if (name.empty()) return mistake(item, path, "a model without a name", "give it one");
            if (expect(item, path, Kind::object)) file_.models.push_back(read_model(name, item));
        }
    }

    ModelConfig read_model(const std::string& name, const JsonNode& item) {
        ModelConfig model;
        model.name = name;
        Fields fields = read_fields("models." + name, item, model_fields);
        model.prices = read_prices(fields);
        model.requests_per_minute = whole_number(fields, "requests_per_minute");
        model.tokens_per_minute = whole_number(fields, "tokens_per_minute");
        for (const auto& [field, value] : fields) {
            if (field == "type") model.type = value.text;
            if (field == "context_length") model.context_length = parse_unsigned(value.text).value();
            if (field == "tools") model.tools = value.text == "on";
            if (field == "fallbacks") model.fallbacks = split_list(value.text);
        }
        if (std::find(model.fallbacks.begin(), model.fallbacks.end(), name) != model.fallbacks.end())
            mistake(item, "models." + name + ".fallbacks", "a model cannot stand in for itself",
                    "name other models");
        return model;
    }

    void read_groups(const JsonNode& node) {
        if (!expect(node, "groups", Kind::object)) return;
        for (const auto& [name, item] : node.members) {
            std::string path = "groups." + name;
            if (!expect(item, path, Kind::object)) continue;
            auto fields = read_fields(path, item, group_fields);
            auto strategy = fields.find("strategy");
            if (strategy == fields.end() && item.members.empty())
                mistake(item, path, "it has no strategy", "add \"strategy\": \"round-robin\"");
            // A strategy that was refused leaves the group there: its services need no second complaint.
            file_.groups.push_back({name, strategy == fields.end() ? "" : strategy->second.text});
        }
    }

    void read_tiers(const JsonNode& node) {
        if (!expect(node, "tiers", Kind::object)) return;
        for (const auto& [name, item] : node.members) {
            std::string path = "tiers." + name;
            if (name.empty()) return mistake(item, path, "a tier without a name", "give it one");
            if (!expect(item, path, Kind::object)) continue;
            Fields fields = read_fields(path, item, tier_fields);
            TierConfig tier;
            tier.name = name;
            tier.unlimited = yes_or_no(fields, "unlimited").value_or(false);
            tier.requests_per_minute = whole_number(fields, "requests_per_minute");
            tier.tokens_per_minute = whole_number(fields, "tokens_per_minute");
            tier.max_concurrent = whole_number(fields, "max_concurrent");
            tier.prepaid = yes_or_no(fields, "prepaid");
            tier.weight = static_cast<unsigned>(whole_number(fields, "weight").value_or(1));
            tier.prices = read_prices(fields);
            file_.tiers.push_back(std::move(tier));
        }
    }

    const std::string& label_;
    std::vector<Error>& mistakes_;
    SettingsFile file_;
};

}  // namespace

SettingsFile read_settings_file(const std::string& label, std::string_view text,
                                std::vector<Error>& mistakes) {
    return Reader(label, mistakes).read(text);
}

bool is_gateway_config(std::string_view text) {
    Result<JsonNode> root = parse_json(text);
    if (!root || root->kind != Kind::object) return false;
    return std::any_of(root->members.begin(), root->members.end(),
                       [](const auto& member) { return member.first == "ollama_url"; });
}

}  // namespace aihub::config
