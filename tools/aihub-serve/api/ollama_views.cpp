// Ollama's read-only verbs that concern all servers at once: the gateway asks each and makes one answer of
// theirs.
#include <nlohmann/json.hpp>

#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/services/nesting.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

// The object in `body`, or null.
Json object_in(const std::string& body) {
    if (is_nested_deeper(body, deepest_nesting)) return nullptr;
    Json json = Json::parse(body, nullptr, false);
    return json.is_object() ? json : Json(nullptr);
}

std::string merge_models(const std::vector<std::string>& bodies) {
    Json all = {{"models", Json::array()}};
    for (const std::string& body : bodies) {
        Json answer = object_in(body);
        if (answer.is_object() && answer.contains("models") && answer["models"].is_array())
            for (const Json& model : answer["models"]) all["models"].push_back(model);
    }
    return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string choose_version(const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies)
        if (Json answer = object_in(body); answer.is_object() && answer.contains("version"))
            return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
    // Without an Ollama behind us: a version that clients accept, since all they check is that it is new
    // enough.
    return "{\"version\":\"0.12.0\"}";
}

net::Task<Reply> ask_ollama(Exchange& x, Survey::Question question) {
    std::vector<http::ClientRequest> servers;
    for (const Upstream* upstream : x.picture->catalogue->of_kind(config::ServiceKind::ollama)) {
        http::ClientRequest server;
        server.base = upstream->target.url;
        server.bearer = upstream->service->config.key;
        server.verify_tls = upstream->target.verify_tls;
        servers.push_back(std::move(server));
    }
    Reply reply;
    reply.body = co_await x.worker.survey->ask(x.worker.loop, std::move(question), std::move(servers));
    co_return reply;
}

}  // namespace

net::Task<Reply> running_models(Exchange& x) {
    return ask_ollama(x, {"/api/ps", Survey::Until::all, merge_models});
}

net::Task<Reply> ollama_version(Exchange& x) {
    return ask_ollama(x, {"/api/version", Survey::Until::first, choose_version});
}

}  // namespace aihub::serve
