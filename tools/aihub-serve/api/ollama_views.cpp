// Ollama's read-only verbs that concern all servers at once: the gateway asks each and makes one answer of
// theirs.
#include <nlohmann/json.hpp>

#include "shared/http/client.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr Milliseconds patience{3000};

// What every Ollama server answers to `path`; blocking, so on the offload pool.
std::vector<Json> ask_all(const std::vector<const Upstream*>& upstreams, const std::string& path) {
    std::vector<Json> answers;
    for (const Upstream* upstream : upstreams) {
        http::ClientRequest request;
        request.base = upstream->target.url;
        request.path = path;
        request.bearer = upstream->service->config.key;
        request.timeout = patience;
        request.verify_tls = upstream->target.verify_tls;
        Result<http::ClientReply> reply = http::get(request);
        if (!reply || reply->status != 200) continue;
        Json json = Json::parse(reply->body, nullptr, false);
        if (json.is_object()) answers.push_back(std::move(json));
    }
    return answers;
}

net::Task<std::vector<Json>> ask_ollama(Exchange& x, std::string path) {
    std::vector<const Upstream*> upstreams = x.picture->catalogue->of_kind(config::ServiceKind::ollama);
    std::vector<Json> answers;
    co_await x.worker.offload.run(x.worker.loop, [&] { answers = ask_all(upstreams, path); });
    co_return answers;
}

}  // namespace

net::Task<Reply> running_models(Exchange& x) {
    std::vector<Json> answers = co_await ask_ollama(x, "/api/ps");
    Json all = {{"models", Json::array()}};
    for (const Json& answer : answers)
        if (answer.contains("models") && answer["models"].is_array())
            for (const Json& model : answer["models"]) all["models"].push_back(model);
    Reply reply;
    reply.body = all.dump(-1, ' ', false, Json::error_handler_t::replace);
    co_return reply;
}

net::Task<Reply> ollama_version(Exchange& x) {
    std::vector<Json> answers = co_await ask_ollama(x, "/api/version");
    Reply reply;
    // Without an Ollama behind us: a version that clients accept, since all they check is that it is new
    // enough.
    reply.body = answers.empty() ? std::string("{\"version\":\"0.12.0\"}") : answers.front().dump();
    co_return reply;
}

}  // namespace aihub::serve
