#include "shared/config/services.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "shared/base/strings.hpp"
#include "shared/config/fixed_paths.hpp"

namespace aihub::config {
namespace {

struct StandardService {
    std::string_view name;
    ServiceKind kind;
    std::string_view url;
    std::string_view body_limit;
    std::string_view key;  // empty: none
};

constexpr std::array standard_services = {
    StandardService{"lmstudio", ServiceKind::openai, "lmstudio_url", "body_limit", ""},
    StandardService{"ollama", ServiceKind::ollama, "ollama_url", "body_limit", ""},
    StandardService{"kokoro", ServiceKind::speech, "kokoro_url", "speech_body_limit", ""},
    StandardService{"openwebui", ServiceKind::openwebui, "openwebui_url", "body_limit", "openwebui_api_key"},
    StandardService{"stt", ServiceKind::transcription, "stt_url", "audio_body_limit", ""},
};

constexpr std::array kinds = {ServiceKind::ollama,        ServiceKind::openai,    ServiceKind::speech,
                              ServiceKind::transcription, ServiceKind::openwebui, ServiceKind::plain};

bool is_service_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

class Builder {
public:
    Builder(const Settings& settings, const SettingsFile& said, const std::string& file,
            std::vector<Error>& mistakes)
        : settings_(settings), said_(said), file_(file), mistakes_(mistakes) {}

    std::vector<ServiceConfig> build() {
        const std::vector<ServiceEntry>& entries = said_.services;
        for (const StandardService& standard : standard_services) add_standard(standard, entries);
        for (const ServiceEntry& entry : entries)
            if (!is_standard(entry.name)) add_from_file(entry);
        return std::move(services_);
    }

private:
    void mistake(const std::string& origin, const std::string& key, const std::string& what,
                 const std::string& hint) {
        mistakes_.emplace_back(ErrorCode::invalid_input, origin + ": " + printable(key) + ": " + what, hint);
    }

    bool reported(const std::string& name) const {
        return std::any_of(mistakes_.begin(), mistakes_.end(), [&](const Error& each) {
            return each.message.find(" services." + name + ".") != std::string::npos;
        });
    }

    static bool is_standard(std::string_view name) {
        return std::any_of(standard_services.begin(), standard_services.end(),
                           [&](const StandardService& each) { return each.name == name; });
    }

    ServiceConfig empty_service(std::string name, ServiceKind kind, std::string_view body_limit) const {
        ServiceConfig service;
        service.name = std::move(name);
        service.kind = kind;
        service.body_limit = settings_.size(body_limit);
        service.connect_timeout = settings_.duration("upstream_connect_timeout");
        service.first_byte_timeout = settings_.duration("upstream_first_byte_timeout");
        service.idle_timeout = settings_.duration("upstream_idle_timeout");
        return service;
    }

    bool said_outside_the_file(const Value& value) const {
        bool from_file = !file_.empty() && value.origin.starts_with(file_ + ":");
        return !from_file && !value.origin.starts_with("default");
    }

    void add_standard(const StandardService& standard, const std::vector<ServiceEntry>& entries) {
        ServiceConfig service = empty_service(std::string(standard.name), standard.kind, standard.body_limit);
        const Value& url = settings_.at(standard.url);
        if (!standard.key.empty()) service.key = settings_.text(standard.key);
        if (url.text != "off") service.urls = {url.text};
        service.origin = url.origin;
        bool fixed_url = said_outside_the_file(url);
        for (const ServiceEntry& entry : entries) {
            if (entry.name != standard.name) continue;
            if (entry.removed && !fixed_url) return;
            change(service, entry, fixed_url);
        }
        if (!service.urls.empty()) finish(std::move(service));
    }

    void add_from_file(const ServiceEntry& entry) {
        if (entry.removed) return;
        ServiceConfig service = empty_service(entry.name, ServiceKind::openai, "body_limit");
        service.origin = entry.origin;
        change(service, entry, false);
        if (service.urls.empty() && reported(entry.name)) return;  // it has one that was refused
        if (service.urls.empty())
            return mistake(entry.origin, "services." + entry.name, "it has no url",
                           "add \"url\": \"http://127.0.0.1:PORT\"");
        finish(std::move(service));
    }

    void change(ServiceConfig& service, const ServiceEntry& entry, bool fixed_url) {
        auto with = [&](std::string_view name, auto&& act) {
            if (auto found = entry.fields.find(name); found != entry.fields.end()) act(found->second.text);
        };
        if (!fixed_url) {
            with("url", [&](const std::string& text) { service.urls = {text}; });
            with("urls", [&](const std::string& text) { service.urls = split_list(text); });
            with("weights", [&](const std::string& text) { set_weights(service, entry, text); });
            if (entry.fields.contains("url") || entry.fields.contains("urls")) service.origin = entry.origin;
        }
        if (entry.fields.contains("url") && entry.fields.contains("urls"))
            mistake(entry.origin, "services." + entry.name, "it has both url and urls", "keep one of them");
        with("kind", [&](const std::string& text) { service.kind = kind_of(text); });
        with("key", [&](const std::string& text) { service.key = text; });
        with("body_limit", [&](const std::string& text) { service.body_limit = parse_size(text).value(); });
        with("connect_timeout",
             [&](const std::string& text) { service.connect_timeout = milliseconds(text); });
        with("first_byte_timeout",
             [&](const std::string& text) { service.first_byte_timeout = milliseconds(text); });
        with("idle_timeout", [&](const std::string& text) { service.idle_timeout = milliseconds(text); });
        with("models", [&](const std::string& text) { service.models = split_list(text); });
        with("verify_tls", [&](const std::string& text) { service.verify_tls = text == "on"; });
        with("priority", [&](const std::string& text) { service.priority = whole(text); });
        with("group", [&](const std::string& text) { set_group(service, entry, text); });
        with("max_concurrent", [&](const std::string& text) { service.max_concurrent = whole(text); });
        with("cost", [&](const std::string& text) { service.cost = std::strtod(text.c_str(), nullptr); });
        with("apis", [&](const std::string& text) { service.apis = split_list(text); });
    }

    static unsigned whole(const std::string& text) {
        return static_cast<unsigned>(parse_unsigned(text).value());
    }

    void set_group(ServiceConfig& service, const ServiceEntry& entry, const std::string& name) {
        service.group = name;
        auto has_name = [&](const ServiceGroup& group) { return group.name == name; };
        if (name.empty() || std::any_of(said_.groups.begin(), said_.groups.end(), has_name)) return;
        mistake(entry.fields.find("group")->second.origin, "services." + entry.name + ".group",
                "no group of that name: \"" + printable(name) + "\"",
                "add it to \"groups\", with its strategy");
    }

    static Milliseconds milliseconds(const std::string& text) { return parse_duration(text).value(); }

    static ServiceKind kind_of(std::string_view text) {
        return *std::find_if(kinds.begin(), kinds.end(),
                             [&](ServiceKind kind) { return kind_name(kind) == text; });
    }

    void set_weights(ServiceConfig& service, const ServiceEntry& entry, const std::string& text) {
        service.weights.clear();
        for (const std::string& weight : split_list(text))
            service.weights.push_back(static_cast<unsigned>(parse_unsigned(weight).value()));
        if (service.weights.size() != service.urls.size())
            mistake(entry.fields.find("weights")->second.origin, "services." + entry.name + ".weights",
                    std::to_string(service.weights.size()) + " weights for " +
                        std::to_string(service.urls.size()) + " urls",
                    "give one weight a url");
    }

    void finish(ServiceConfig service) {
        const Value& base = settings_.at("base_path");
        std::string key = "services." + service.name;
        if (service.name == first_segment(base.text))
            mistake(base.origin, "base_path", "it hides the service " + service.name, "choose another path");
        else if (!is_service_name(service.name))
            mistake(service.origin, key, "not a service's name", "use a-z, 0-9, - and _ only: it is a path");
        else if (is_own_path(service.name))
            mistake(service.origin, key, "the gateway has a path of that name", "choose another name");
        service.weights.resize(service.urls.size(), 1);
        services_.push_back(std::move(service));
    }

    const Settings& settings_;
    const SettingsFile& said_;
    const std::string& file_;
    std::vector<Error>& mistakes_;
    std::vector<ServiceConfig> services_;
};

}  // namespace

std::string_view kind_name(ServiceKind kind) {
    switch (kind) {
        case ServiceKind::ollama:
            return "ollama";
        case ServiceKind::openai:
            return "openai";
        case ServiceKind::speech:
            return "speech";
        case ServiceKind::transcription:
            return "transcription";
        case ServiceKind::openwebui:
            return "openwebui";
        case ServiceKind::plain:
            return "plain";
    }
    return "plain";
}

std::vector<ServiceConfig> build_services(const Settings& settings, const SettingsFile& said,
                                          const std::string& file, std::vector<Error>& mistakes) {
    return Builder(settings, said, file, mistakes).build();
}

}  // namespace aihub::config
