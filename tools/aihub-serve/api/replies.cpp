#include "tools/aihub-serve/api/replies.hpp"

namespace aihub::serve {
namespace {

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_input:
            return 422;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::conflict:
            return 409;
        case ErrorCode::unauthorized:
            return 403;
        case ErrorCode::busy:
        case ErrorCode::unavailable:
            return 503;
        default:
            return 500;
    }
}

}  // namespace

Reply json_reply(std::string body) {
    Reply reply;
    reply.body = std::move(body);
    return reply;
}

Reply problem_reply(const Exchange& x, const Problem& problem) {
    Reply reply;
    reply.status = problem.status;
    reply.body = error_body(x.dialect, problem, x.request_id);
    if (problem.status == 503 || problem.status == 429) reply.headers = "Retry-After: 1\r\n";
    return reply;
}

Problem problem_of(const Error& error) {
    std::string sentence = error.message;
    if (!error.hint.empty()) sentence += "; " + error.hint;
    return {status_of(error.code), std::move(sentence)};
}

Reply failure_reply(const Exchange& x, const Error& error) {
    return problem_reply(x, problem_of(error));
}

}  // namespace aihub::serve
