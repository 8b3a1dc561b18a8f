#include "tools/aihub-serve/api/endpoints.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "tools/aihub-serve/api/replies.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

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

enum class Access { everybody, caller, admin };

// `method` GET stands for HEAD too. In `path`, {} is one segment, a / at the end all that is below.
struct Endpoint {
    std::string_view method;
    std::string_view path;
    Access access;
    OwnEndpoints::Handler handle;
};

// Beside the APIs that models answer: what is not here goes to a server.
constexpr std::array at_root = {
    Endpoint{"GET", "/v1/models", Access::caller, openai_models},
    Endpoint{"GET", "/v1/models/", Access::caller, openai_model},
    Endpoint{"GET", "/v1/streams", Access::caller, list_streams},
    Endpoint{"GET", "/v1/streams/", Access::caller, follow_stream},
    Endpoint{"DELETE", "/v1/streams/", Access::caller, end_stream},
    Endpoint{"GET", "/v1/stats/summary", Access::caller, show_stats},
};
// Below BASE_PATH.
constexpr std::array below_base = {
    Endpoint{"GET", "/tags", Access::caller, ollama_tags},
    Endpoint{"GET", "/ps", Access::caller, running_models},
    Endpoint{"GET", "/version", Access::caller, ollama_version},
};
constexpr std::array own = {
    Endpoint{"GET", "/", Access::everybody, greet},
    Endpoint{"GET", "/health", Access::everybody, health},
    Endpoint{"GET", "/healthz", Access::everybody, alive},
    Endpoint{"GET", "/readyz", Access::everybody, alive},  // we listen only once the accounts are loaded
    Endpoint{"GET", "/api/models", Access::everybody, public_models},
    Endpoint{"POST", "/api/signup", Access::everybody, sign_up},

    Endpoint{"GET", "/user/api/me", Access::caller, show_me},
    Endpoint{"GET", "/user/api/usage", Access::caller, show_usage},
    Endpoint{"GET", "/user/api/models", Access::caller, caller_models},
    Endpoint{"GET", "/user/api/queue", Access::caller, waiting_requests},
    Endpoint{"GET", "/user/api/ratelimit", Access::caller, show_rate_limit},
    Endpoint{"GET", "/user/api/keys", Access::caller, list_own_keys},
    Endpoint{"POST", "/user/api/keys", Access::caller, make_own_key},
    Endpoint{"PATCH", "/user/api/keys/{}", Access::caller, change_own_key},
    Endpoint{"DELETE", "/user/api/keys/{}", Access::caller, revoke_own_key},
    Endpoint{"POST", "/user/api/keys/{}/rotate", Access::caller, rotate_own_key},

    Endpoint{"GET", "/admin/api/users", Access::admin, list_users},
    Endpoint{"POST", "/admin/api/users", Access::admin, make_user},
    Endpoint{"GET", "/admin/api/users/{}", Access::admin, show_user},
    Endpoint{"PATCH", "/admin/api/users/{}", Access::admin, change_user},
    Endpoint{"DELETE", "/admin/api/users/{}", Access::admin, delete_user},
    Endpoint{"POST", "/admin/api/users/{}/balance", Access::admin, change_balance},
    Endpoint{"GET", "/admin/api/users/{}/transactions", Access::admin, list_transactions},
    Endpoint{"GET", "/admin/api/users/{}/apikeys", Access::admin, list_user_keys},
    Endpoint{"POST", "/admin/api/users/{}/apikeys", Access::admin, make_user_key},
    Endpoint{"POST", "/admin/api/users/{}/apikey", Access::admin,
             make_user_key},  // as the older gateway has it
    Endpoint{"GET", "/admin/api/apikeys", Access::admin, list_keys},
    Endpoint{"GET", "/admin/api/apikeys/{}", Access::admin, show_key},
    Endpoint{"PATCH", "/admin/api/apikeys/{}", Access::admin, change_key},
    Endpoint{"DELETE", "/admin/api/apikeys/{}", Access::admin, revoke_key},
    Endpoint{"POST", "/admin/api/apikeys/{}/rotate", Access::admin, rotate_key},
    Endpoint{"GET", "/admin/api/signups", Access::admin, list_signups},
    Endpoint{"POST", "/admin/api/signups/{}/approve", Access::admin, approve_signup},
    Endpoint{"POST", "/admin/api/signups/{}/reject", Access::admin, reject_signup},
    Endpoint{"GET", "/admin/api/audit", Access::admin, list_audit},
    Endpoint{"GET", "/admin/api/config", Access::admin, show_config},
    Endpoint{"PATCH", "/admin/api/config", Access::admin, change_config},
};

// Rows of one table, and the path as they write it.
struct Place {
    std::span<const Endpoint> rows;
    std::string_view path;
};

Place place_of(const Exchange& x) {
    std::string_view path = x.request.path;
    if (x.room == Room::own) return {own, path};
    if (x.room == Room::prefix) return {};
    const std::string& base = x.policy().base_path;
    if (!path.starts_with("/v1/") && path.starts_with(base)) return {below_base, path.substr(base.size())};
    return {at_root, path};
}

bool fits(std::string_view pattern, std::string_view path) {
    for (std::size_t brace = pattern.find('{'); brace != std::string_view::npos; brace = pattern.find('{')) {
        if (path.substr(0, brace) != pattern.substr(0, brace)) return false;
        path.remove_prefix(brace);
        pattern.remove_prefix(brace + 2);
        std::size_t end = std::min(path.find('/'), path.size());
        if (end == 0) return false;
        path.remove_prefix(end);
    }
    bool below = pattern.size() > 1 && pattern.ends_with('/');
    return below ? path.size() > pattern.size() && path.starts_with(pattern) : path == pattern;
}

bool takes(const Endpoint& endpoint, std::string_view method) {
    return method == endpoint.method || (method == "HEAD" && endpoint.method == "GET");
}

net::Task<Reply> admins_only(Exchange& x) {
    co_return problem_reply(x, {403, "Admin access required"});
}

// The path is ours, the method is not: says which are.
net::Task<Reply> wrong_method(Exchange& x) {
    Place place = place_of(x);
    std::string allowed;
    for (const Endpoint& endpoint : place.rows) {
        if (!fits(endpoint.path, place.path)) continue;
        allowed += (allowed.empty() ? "" : ", ") + std::string(endpoint.method);
        if (endpoint.method == "GET") allowed += ", HEAD";
    }
    Reply reply = problem_reply(x, {405, "this path takes " + allowed});
    reply.headers = "Allow: " + allowed + "\r\n";
    co_return reply;
}

}  // namespace

bool may_administer(const Exchange& x) {
    return x.caller && x.caller->admin && !x.caller->worker && x.caller->parent_row == 0;
}

OwnEndpoints::Handler Endpoints::find(const Exchange& x, Who who) const {
    if (who == Who::everybody && x.room != Room::own) return nullptr;  // most requests: nothing is compared
    Place place = place_of(x);
    bool is_ours = false;
    for (const Endpoint& endpoint : place.rows) {
        bool asked_for = (endpoint.access == Access::everybody) == (who == Who::everybody);
        bool taken = takes(endpoint, x.request.method);
        if (!asked_for || (!taken && x.room != Room::own) || !fits(endpoint.path, place.path)) continue;
        if (endpoint.access == Access::admin && !may_administer(x)) return admins_only;
        if (taken) return endpoint.handle;
        is_ours = true;
    }
    return is_ours ? wrong_method : nullptr;
}

}  // namespace aihub::serve
