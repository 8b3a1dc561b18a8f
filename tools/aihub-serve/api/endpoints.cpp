#include "tools/aihub-serve/api/endpoints.hpp"

#include <array>

#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

enum class Match { exact, below };
enum class Does { read, remove };

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
    UsageBacklog usage = x.worker.usage_trouble->get();
    reply.body =
        admin ? health_body(*x.picture, usage, x.worker.queue->length()) : health_body(*x.picture, usage);
    co_return reply;
}

net::Task<Reply> alive(Exchange&) {
    Reply reply;
    reply.body = "{\"status\":\"ok\"}";
    co_return reply;
}

struct Endpoint {
    std::string_view path;  // "~/…" stands for BASE_PATH
    Match match;
    Who who;
    OwnEndpoints::Handler handle;
    Does does = Does::read;
};

constexpr std::array table = {
    Endpoint{"/", Match::exact, Who::everybody, greet},
    Endpoint{"/health", Match::exact, Who::everybody, health},
    Endpoint{"/healthz", Match::exact, Who::everybody, alive},
    Endpoint{"/readyz", Match::exact, Who::everybody, alive},  // we listen only once the accounts are loaded
    Endpoint{"/v1/models", Match::exact, Who::caller, openai_models},
    Endpoint{"/v1/models/", Match::below, Who::caller, openai_model},
    Endpoint{"/api/models", Match::exact, Who::everybody, public_models},
    Endpoint{"/user/api/models", Match::exact, Who::caller, caller_models},
    Endpoint{"/user/api/queue", Match::exact, Who::caller, waiting_requests},
    Endpoint{"~/tags", Match::exact, Who::caller, ollama_tags},
    Endpoint{"~/ps", Match::exact, Who::caller, running_models},
    Endpoint{"~/version", Match::exact, Who::caller, ollama_version},
    Endpoint{"/v1/streams", Match::exact, Who::caller, list_streams},
    Endpoint{"/v1/streams/", Match::below, Who::caller, follow_stream},
    Endpoint{"/v1/streams/", Match::below, Who::caller, end_stream, Does::remove},
};

std::optional<Does> what_it_does(std::string_view method) {
    if (method == "GET" || method == "HEAD") return Does::read;
    if (method == "DELETE") return Does::remove;
    return std::nullopt;
}

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
    std::optional<Does> does = what_it_does(x.request.method);
    if (x.room == Room::prefix || !does) return nullptr;
    for (const Endpoint& endpoint : table)
        if (endpoint.who == who && endpoint.does == *does && fits(endpoint, x)) return endpoint.handle;
    return nullptr;
}

}  // namespace aihub::serve
