#include "tools/aihub-serve/pipeline/dialect.hpp"

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

bool below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    append_json_escaped(out, text);
    return out + "\"";
}

// The `type` that OpenAI's and Anthropic's references give to a status.
const char* error_type(int status) {
    switch (status) {
        case 401:
            return "authentication_error";
        case 402:
            return "insufficient_quota";
        case 403:
            return "permission_error";
        case 404:
            return "not_found_error";
        case 413:
            return "request_too_large";
        case 429:
            return "rate_limit_error";
        default:
            return status >= 500 ? "server_error" : "invalid_request_error";
    }
}

const char* openai_type(int status) {
    return status == 404 || status == 413 ? "invalid_request_error" : error_type(status);
}

const char* anthropic_type(int status) {
    if (status == 503 || status == 529) return "overloaded_error";
    return status >= 500 ? "api_error" : error_type(status);
}

std::string openai_error(const Problem& problem) {
    std::string code = problem.code.empty() ? "null" : quoted(problem.code);
    return "{\"message\":" + quoted(problem.message) + ",\"type\":\"" + openai_type(problem.status) +
           "\",\"param\":null,\"code\":" + code;
}

std::string anthropic_error(const Problem& problem) {
    return std::string("{\"type\":\"error\",\"error\":{\"type\":\"") + anthropic_type(problem.status) +
           "\",\"message\":" + quoted(problem.message) + "}";
}

}  // namespace

Dialect dialect_of(std::string_view path, bool prefix, std::string_view base_path) {
    if (below(path, "/v1/messages")) return Dialect::anthropic;
    if (below(path, "/v1")) return Dialect::openai;
    if (prefix) return below(path, "/api") ? Dialect::ollama : Dialect::plain;
    for (std::string_view own : {"/admin/api", "/user/api", "/api/models", "/api/uptime", "/api/signup"})
        if (below(path, own)) return Dialect::detail;
    if (below(path, base_path)) return Dialect::ollama;
    return Dialect::plain;
}

std::string error_body(Dialect dialect, const Problem& problem, std::string_view request_id) {
    std::string id = ",\"request_id\":" + quoted(request_id);
    switch (dialect) {
        case Dialect::openai:
            return "{\"error\":" + openai_error(problem) + id + "}}";
        case Dialect::anthropic:
            return anthropic_error(problem) + id + "}";
        case Dialect::ollama:
            return "{\"error\":" + quoted(problem.message) + ",\"detail\":" + quoted(problem.message) + id +
                   "}";
        case Dialect::detail:
            return "{\"detail\":" + quoted(problem.message) + id + "}";
        case Dialect::plain:
            break;
    }
    return "{\"error\":{\"message\":" + quoted(problem.message) + id + "}}";
}

std::string stream_error(Dialect dialect, std::string_view content_type, std::string_view message,
                         bool at_event_start) {
    Problem problem(502, std::string(message), "upstream_error");
    if (istarts_with(content_type, "text/event-stream")) {
        std::string gap = at_event_start ? "" : "\n\n";
        if (dialect == Dialect::anthropic)
            return gap + "event: error\ndata: " + anthropic_error(problem) + "}\n\n";
        return gap + "data: {\"error\":" + openai_error(problem) + "}}\n\n";
    }
    if (istarts_with(content_type, "application/x-ndjson"))
        return std::string(at_event_start ? "" : "\n") + "{\"error\":" + quoted(message) + "}\n";
    return {};
}

const char* reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 413:
            return "Content Too Large";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

}  // namespace aihub::serve
