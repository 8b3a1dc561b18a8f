#include "tools/aihub-serve/services/catalogue.hpp"

#include <algorithm>

#include "tools/aihub-serve/services/model_views.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;

// Base URLs are often copied with the `/v1` that clients want; paths already carry it.
void strip_api_root(http::Url& url, ServiceKind kind) {
    bool openai_shaped =
        kind == ServiceKind::openai || kind == ServiceKind::speech || kind == ServiceKind::transcription;
    if (openai_shaped && url.path.ends_with("/v1")) url.path.resize(url.path.size() - 3);
}

}  // namespace

std::string findings_key(const std::string& service, const std::string& url) {
    return service + " " + url;
}

Catalogue::Catalogue(const config::Configuration& configuration, const FindingsByUrl& findings,
                     Survivors& survivors)
    : findings_(findings) {
    for (const config::ServiceConfig& config : configuration.services) add_service(config, survivors.states);
    add_models();
    models_.finish(configuration, survivors.turns);
    openai_list_ = openai_list_of(models_);
    ollama_list_ = ollama_list_of(models_);
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
        state->limit.store(config.max_concurrent, std::memory_order_relaxed);
        upstream.state = state;
        service->upstreams.push_back(std::move(upstream));
    }
    services_.push_back(std::move(service));
}

void Catalogue::add_models() {
    for (const auto& service : services_)
        for (const Upstream& upstream : service->upstreams) add_models_of(upstream);
}

void Catalogue::add_models_of(const Upstream& upstream) {
    const config::ServiceConfig& config = upstream.service->config;
    for (const std::string& id : config.models) models_.add(upstream, {id, 0, config.name, {}});
    if (!config.models.empty()) return;
    for (const ListedModel& model : findings_of(upstream).models) models_.add(upstream, model);
}

const Findings& Catalogue::findings_of(const Upstream& upstream) const {
    static const Findings none;
    auto found = findings_.find(findings_key(upstream.service->config.name, upstream.configured_url));
    return found == findings_.end() ? none : found->second;
}

const Service* Catalogue::by_prefix(std::string_view path) const {
    for (const auto& service : services_) {
        const std::string& prefix = service->prefix;
        if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'))
            return service.get();
    }
    return nullptr;
}

bool Catalogue::is_answering(const Upstream& upstream) const {
    bool open = upstream.state->breaker.state() == Breaker::State::open;
    return !open && (!upstream.service->config.models.empty() || findings_of(upstream).reachable);
}

std::vector<const Upstream*> Catalogue::of_kind(ServiceKind kind) const {
    std::vector<const Upstream*> upstreams;
    for (const auto& service : services_)
        if (service->config.kind == kind)
            for (const Upstream& upstream : service->upstreams) upstreams.push_back(&upstream);
    return upstreams;
}

std::string Catalogue::openai_model(std::string_view id) const {
    return openai_model_of(models_, id);
}

}  // namespace aihub::serve
