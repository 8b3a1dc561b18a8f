#include "tools/aihub-serve/pipeline/gateway.hpp"

#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

// A browser's question whether a page may call us (Fetch standard, CORS-preflight).
bool is_preflight(const Exchange& x) {
    return x.room == Room::root && x.request.method == "OPTIONS" && x.request.has(http::Field::origin) &&
           x.request.has("access-control-request-method");
}

Reply preflight_reply(const Exchange& x) {
    Reply reply;
    reply.status = 204;
    if (cors_headers(x).empty()) return reply;
    std::string wanted(x.request.header("access-control-request-headers"));
    reply.headers =
        "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n"
        "Access-Control-Allow-Headers: " +
        (wanted.empty() ? "*" : wanted) +
        "\r\n"
        "Access-Control-Max-Age: 86400\r\n";
    return reply;
}

// Before anything is read: a refused call costs nothing.
net::Task<void> refuse_unread(Exchange& x, Problem problem, std::string headers = {}) {
    x.keep_alive = x.keep_alive && (x.body_is_whole || x.request.framing == http::Framing::none);
    return refuse(x, std::move(problem), std::move(headers));
}

}  // namespace

// Not a coroutine: it only chooses the one that serves, so that no frame holds what the others would need.
net::Task<void> Gateway::handle(Exchange& x) {
    locate(x);  // first: every later refusal is worded in the dialect of the path
    if (is_preflight(x))
        return answer(x, preflight_reply(x));  // before identify: browsers send no key with it
    if (auto handler = own_.find(x, Who::everybody))
        return answer_own(x, handler);  // health answers whoever asks
    if (std::optional<Problem> refusal = identify(x)) return refuse_unread(x, std::move(*refusal));
    if (auto handler = own_.find(x, Who::caller))
        return answer_own(x, handler);  // lists of the whole, not of one service
    if (x.room == Room::own)
        return refuse(x, Problem(404, "there is nothing at " + std::string(x.request.path) +
                                          "; APIs are below /v1 and " + x.policy().base_path +
                                          ", services below their prefix"));
    if (detour_.wants(x))
        return detour_.take(x);  // before the body is read: it comes back here as a call of its own
    if (std::optional<Refusal> refusal = admit(x))
        return refuse_unread(x, std::move(refusal->problem), std::move(refusal->headers));
    return serve(x);
}

net::Task<void> Gateway::serve(Exchange& x) {
    OutgoingBody body(x);
    Candidates candidates;
    co_await route(x, body, candidates);
    if (std::optional<Refusal> refusal = admit_model(x, candidates)) {
        give_back_trials(candidates);
        co_return co_await refuse(x, std::move(refusal->problem), std::move(refusal->headers));
    }
    if (!candidates.empty()) co_await forward(x, body, std::move(candidates));
}

net::Task<void> Gateway::answer_own(Exchange& x, OwnEndpoints::Handler handler) {
    Reply reply = co_await handler(x);
    if (!x.answering) co_await answer(x, std::move(reply));
}

}  // namespace aihub::serve
