#include "tools/aihub-serve/pipeline/gateway.hpp"

#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {

net::Task<void> Gateway::handle(Exchange& x) {
    locate(x);  // first: every later refusal is worded in the dialect of the path
    if (co_await answer_preflight(x)) co_return;    // before identify: browsers send no key with it
    if (co_await own_.answer_public(x)) co_return;  // health must answer whoever asks
    if (std::optional<Problem> refusal = identify(x)) {  // before anything is read or asked for: a refused call costs nothing
        x.keep_alive = x.keep_alive && (x.body_is_whole || x.request.framing == http::Framing::none);
        co_return co_await refuse(x, std::move(*refusal));
    }
    if (co_await own_.answer_caller(x)) co_return;  // lists of the whole before those of one service
    if (x.room == Room::own)
        co_return co_await refuse(x, Problem(404, "there is nothing at " + std::string(x.request.path) +
                                                      "; APIs are below /v1 and " + x.policy().base_path +
                                                      ", services below their prefix"));
    OutgoingBody body(x);
    Candidates candidates;
    co_await route(x, body, candidates);
    if (!candidates.empty()) co_await forward(x, body, std::move(candidates));
}

// A browser's question whether a page may call us (Fetch standard, CORS-preflight).
net::Task<bool> Gateway::answer_preflight(Exchange& x) {
    bool preflight = x.room == Room::root && x.request.method == "OPTIONS" && x.request.has("origin") &&
                     x.request.has("access-control-request-method");
    if (!preflight) co_return false;
    Reply reply;
    reply.status = 204;
    if (!cors_headers(x).empty()) {
        std::string wanted(x.request.header("access-control-request-headers"));
        reply.headers = "Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS\r\n"
                        "Access-Control-Allow-Headers: " + (wanted.empty() ? "*" : wanted) + "\r\n"
                        "Access-Control-Max-Age: 86400\r\n";
    }
    co_await answer(x, std::move(reply));
    co_return true;
}

}  // namespace aihub::serve
