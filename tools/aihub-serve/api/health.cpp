#include <nlohmann/json.hpp>

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

const Findings& findings_of(const Picture& picture, const Service& service, const Upstream& upstream) {
    static const Findings none;
    const FindingsByUrl& all = picture.catalogue->findings();
    auto found = all.find(findings_key(service.config.name, upstream.configured_url));
    return found == all.end() ? none : found->second;
}

bool is_answering(const Picture& picture, const Service& service) {
    for (const Upstream& upstream : service.upstreams)
        if (findings_of(picture, service, upstream).reachable && upstream.state->breaker.is_closed())
            return true;
    return false;
}

// Services whose models are configured are not asked, but believed.
bool any_service_answers(const Picture& picture) {
    for (const auto& service : picture.catalogue->services())
        if (!service->config.models.empty() || is_answering(picture, *service))
            return picture.catalogue->model_count() > 0;
    return false;
}

bool ollama_answers(const Picture& picture) {
    for (const auto& service : picture.catalogue->services())
        if (service->config.kind == config::ServiceKind::ollama && is_answering(picture, *service))
            return true;
    return false;
}

Json upstream_detail(const Picture& picture, const Service& service, const Upstream& upstream) {
    const Findings& findings = findings_of(picture, service, upstream);
    Json detail = {{"url", upstream.target.text},
                   {"reachable", findings.asked ? Json(findings.reachable) : Json(nullptr)},
                   {"down", !upstream.state->breaker.is_closed()},
                   {"outstanding", upstream.state->outstanding.load()},
                   {"models", findings.models.size()}};
    if (!findings.trouble.empty()) detail["trouble"] = findings.trouble;
    return detail;
}

// Whether usage reaches the database, and what waits for it.
Json usage_detail(const UsageBacklog& usage) {
    Json detail = {{"written", usage.reason.empty()},
                   {"rows_in_memory", usage.held},
                   {"bytes_on_disk", usage.spooled_bytes},
                   {"rows_lost", usage.lost}};
    if (usage.reason.empty()) return detail;
    detail["reason"] = usage.reason;
    detail["since"] = utc_iso8601(usage.since_ms);
    return detail;
}

}  // namespace

std::string health_body(const Picture& picture, const UsageBacklog& usage,
                        std::optional<std::size_t> waiting) {
    bool is_well = any_service_answers(picture) && usage.reason.empty();
    Json body = {{"status", is_well ? "ok" : "degraded"},
                 {"timestamp", utc_iso8601(now_ms())},
                 {"active_models", picture.catalogue->model_count()},
                 {"ollama", ollama_answers(picture)}};
    if (waiting) {
        body["waiting"] = *waiting;
        body["usage"] = usage_detail(usage);
        for (const auto& service : picture.catalogue->services()) {
            Json detail = {{"kind", std::string(config::kind_name(service->config.kind))},
                           {"upstreams", Json::array()}};
            for (const Upstream& upstream : service->upstreams)
                detail["upstreams"].push_back(upstream_detail(picture, *service, upstream));
            body["services"][service->config.name] = detail;
        }
    }
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace aihub::serve
