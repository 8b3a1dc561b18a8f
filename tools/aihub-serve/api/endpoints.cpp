#include "tools/aihub-serve/api/endpoints.hpp"

#include <array>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

enum class Match { exact, below };

net::Task<Reply> greet(Exchange&) {
    Reply reply;
    reply.content_type = "text/plain; charset=utf-8";
    // Ollama's command line asks `/` whether a server is there, and some clients look for its words.
    reply.body = "Ollama is running, behind aihub: OpenAI's API is below /v1, Ollama's below /api\n";
    co_return reply;
}

net::Task<Reply> health(Exchange& x) {
    Reply reply;
    if (http::list_holds(x.request.header("accept"), "text/plain")) {
        reply.content_type = "text/plain; charset=utf-8";
        reply.body = "Healthy";
        co_return reply;
    }
    // A key is not needed here, but an admin's shows more.
    bool admin = !identify(x).has_value() && x.is_admin() && x.caller;
    reply.body = health_body(*x.picture, admin);
    co_return reply;
}

net::Task<Reply> alive(Exchange&) {
    Reply reply;
    reply.body = "{\"status\":\"ok\"}";
    co_return reply;
}

// Right after the start the lists are not complete before every service was asked once (or did not answer in
// time).
net::Task<void> await_first_round(Exchange& x) {
    if (!x.first_picture) x.first_picture = x.picture;
    while (x.picture->discovery_round == 0) {
        bool came = co_await x.worker.next_picture();
        if (!came) co_return;
        x.picture = x.worker.picture;
    }
}

net::Task<Reply> openai_models(Exchange& x) {
    co_await await_first_round(x);
    Reply reply;
    reply.body = x.picture->catalogue->openai_list();
    co_return reply;
}

net::Task<Reply> ollama_tags(Exchange& x) {
    co_await await_first_round(x);
    Reply reply;
    reply.body = x.picture->catalogue->ollama_list();
    co_return reply;
}

net::Task<Reply> openai_model(Exchange& x) {
    co_await await_first_round(x);
    constexpr std::string_view folder = "/v1/models/";
    std::string id = decode_percent(x.request.path.substr(folder.size())).value_or(std::string());
    Reply reply;
    reply.body = x.picture->catalogue->openai_model(id);
    if (!reply.body.empty()) co_return reply;
    reply.status = 404;
    reply.body = error_body(
        x.dialect,
        Problem(404, "the model `" + id + "` is not found; GET /v1/models lists those that are there",
                "model_not_found"),
        x.request_id);
    co_return reply;
}

struct Endpoint {
    std::string_view path;  // "~/…" stands for BASE_PATH
    Match match;
    Who who;
    OwnEndpoints::Handler handle;
};

constexpr std::array table = {
    Endpoint{"/", Match::exact, Who::everybody, greet},
    Endpoint{"/health", Match::exact, Who::everybody, health},
    Endpoint{"/healthz", Match::exact, Who::everybody, alive},
    Endpoint{"/readyz", Match::exact, Who::everybody, alive},  // we listen only once the accounts are loaded
    Endpoint{"/v1/models", Match::exact, Who::caller, openai_models},
    Endpoint{"/v1/models/", Match::below, Who::caller, openai_model},
    Endpoint{"~/tags", Match::exact, Who::caller, ollama_tags},
    Endpoint{"~/ps", Match::exact, Who::caller, running_models},
    Endpoint{"~/version", Match::exact, Who::caller, ollama_version},
};

bool fits(const Endpoint& endpoint, const Exchange& x) {
    std::string_view path = x.request.path;
    std::string_view wanted = endpoint.path;
    if (wanted.starts_with('~')) {
        if (!path.starts_with(x.policy().base_path)) return false;
        path.remove_prefix(x.policy().base_path.size());
        wanted.remove_prefix(1);
    }
    return endpoint.match == Match::exact ? path == wanted
                                          : path.size() > wanted.size() && path.starts_with(wanted);
}

}  // namespace

OwnEndpoints::Handler Endpoints::find(const Exchange& x, Who who) const {
    bool reading = x.request.method == "GET" || x.request.method == "HEAD";
    if (x.room == Room::prefix || !reading) return nullptr;
    for (const Endpoint& endpoint : table)
        if (endpoint.who == who && fits(endpoint, x)) return endpoint.handle;
    return nullptr;
}

}  // namespace aihub::serve
