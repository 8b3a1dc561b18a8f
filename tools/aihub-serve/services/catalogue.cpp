#include "tools/aihub-serve/services/catalogue.hpp"

#include <nlohmann/json.hpp>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using Json = nlohmann::ordered_json;

// Base URLs are often copied with the `/v1` that clients want; paths already carry it.
void strip_api_root(http::Url& url, ServiceKind kind) {
    bool openai_shaped =
        kind == ServiceKind::openai || kind == ServiceKind::speech || kind == ServiceKind::transcription;
    if (openai_shaped && url.path.ends_with("/v1")) url.path.resize(url.path.size() - 3);
}

Json openai_entry(const ListedModel& model) {
    return {{"id", model.id},          {"object", "model"},           {"created", model.created},
            {"owned_by", model.owner}, {"permission", Json::array()}, {"root", model.id},
            {"parent", nullptr}};
}

// An OpenAI-shaped server's model as Ollama's clients expect one (their Go and Python types need these
// members).
Json ollama_entry(const ListedModel& model) {
    if (!model.ollama_entry.empty()) return Json::parse(model.ollama_entry);
    Json details = {{"parent_model", ""},  {"format", ""},         {"family", ""},
                    {"families", nullptr}, {"parameter_size", ""}, {"quantization_level", ""}};
    return {{"name", model.id}, {"model", model.id}, {"modified_at", utc_iso8601(model.created * 1000)},
            {"size", 0},        {"digest", ""},      {"details", details}};
}

// `name` and `name:latest` are one model.
std::string_view plain_name(std::string_view model) {
    constexpr std::string_view tag = ":latest";
    if (model.ends_with(tag)) model.remove_suffix(tag.size());
    return model;
}

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string findings_key(const std::string& service, const std::string& url) {
    return service + " " + url;
}

Catalogue::Catalogue(const std::vector<config::ServiceConfig>& services, const FindingsByUrl& findings,
                     std::map<std::string, std::shared_ptr<UpstreamState>>& states)
    : findings_(findings) {
    for (const config::ServiceConfig& config : services) add_service(config, states);
    add_models();
    write_lists();
}

void Catalogue::add_service(const config::ServiceConfig& config,
                            std::map<std::string, std::shared_ptr<UpstreamState>>& states) {
    auto service = std::make_unique<Service>();
    service->config = config;
    service->prefix = "/" + config.name;
    for (std::size_t i = 0; i < config.urls.size(); ++i) {
        Result<http::Url> url = http::parse_url(config.urls[i]);
        if (!url) continue;  // config::load refused it already
        Upstream upstream;
        upstream.service = service.get();
        upstream.configured_url = config.urls[i];
        strip_api_root(*url, config.kind);
        std::string text = url->text();
        upstream.target = {*url, text, text + (config.verify_tls ? "" : " unchecked"), config.verify_tls,
                           config.connect_timeout};
        upstream.weight = i < config.weights.size() ? std::max(1U, config.weights[i]) : 1;
        std::shared_ptr<UpstreamState>& state = states[findings_key(config.name, config.urls[i])];
        if (!state) state = std::make_shared<UpstreamState>();
        upstream.state = state;
        service->upstreams.push_back(std::move(upstream));
    }
    services_.push_back(std::move(service));
}

void Catalogue::add_models() {
    for (const auto& service : services_) {
        for (const Upstream& upstream : service->upstreams) {
            std::vector<ListedModel> models;
            for (const std::string& id : service->config.models)
                models.push_back({id, 0, service->config.name, {}});
            auto found = findings_.find(findings_key(service->config.name, upstream.configured_url));
            if (models.empty() && found != findings_.end()) models = found->second.models;
            for (const ListedModel& model : models) add_model(model, upstream);
        }
    }
}

void Catalogue::add_model(const ListedModel& model, const Upstream& upstream) {
    ListedModel& listed = listed_[model.id];
    if (listed.id.empty() || listed.ollama_entry.empty()) listed = model;
    Entry& entry = index_[std::string(plain_name(model.id))];
    if (entry.upstreams.empty()) entry.model = model;
    if (entry.upstreams.empty() || entry.upstreams.back() != &upstream) entry.upstreams.push_back(&upstream);
}

void Catalogue::write_lists() {
    Json openai = {{"object", "list"}, {"data", Json::array()}};
    Json ollama = {{"models", Json::array()}};
    for (const auto& [id, model] : listed_) {
        openai["data"].push_back(openai_entry(model));
        ollama["models"].push_back(ollama_entry(model));
    }
    openai_list_ = dump(openai);
    ollama_list_ = dump(ollama);
}

const Service* Catalogue::by_prefix(std::string_view path) const {
    for (const auto& service : services_) {
        const std::string& prefix = service->prefix;
        if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'))
            return service.get();
    }
    return nullptr;
}

const Catalogue::Entry* Catalogue::find(std::string_view model) const {
    auto found = index_.find(plain_name(model));
    return found == index_.end() ? nullptr : &found->second;
}

const std::vector<const Upstream*>& Catalogue::having(std::string_view model) const {
    static const std::vector<const Upstream*> nobody;
    const Entry* entry = find(model);
    return entry ? entry->upstreams : nobody;
}

std::vector<const Upstream*> Catalogue::of_kind(ServiceKind kind) const {
    std::vector<const Upstream*> upstreams;
    for (const auto& service : services_)
        if (service->config.kind == kind)
            for (const Upstream& upstream : service->upstreams) upstreams.push_back(&upstream);
    return upstreams;
}

std::string Catalogue::openai_model(std::string_view id) const {
    if (auto exact = listed_.find(std::string(id)); exact != listed_.end())
        return dump(openai_entry(exact->second));
    const Entry* entry = find(id);
    return entry ? dump(openai_entry(entry->model)) : std::string();
}

}  // namespace aihub::serve
