#include "tools/aihub-serve/pipeline/heads.hpp"

#include <array>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/quota_headers.hpp"

namespace aihub::serve {
namespace {

// All values of Connection in one list; nearly always empty or one word.
std::string connection_list(const std::vector<http::Header>& headers) {
    std::string list;
    for (const http::Header& header : headers)
        if (header.field == http::Field::connection)
            list.append(list.empty() ? "" : ",").append(header.value);
    return list;
}

// Headers that Connection names go no further (RFC 9110 7.6.1), except those that everything depends on.
bool is_listed(std::string_view list, const http::Header& header) {
    constexpr http::Fields kept = {http::Field::host, http::Field::content_length, http::Field::content_type,
                                   http::Field::transfer_encoding};
    return !list.empty() && !kept.has(header.field) && http::list_holds(list, header.name);
}

// Of a hop-by-hop header, what has to be said to the next hop again.
bool belongs_to_message(const http::Header& header, http::Framing framing, bool upgrading) {
    if (header.field == http::Field::transfer_encoding) return framing == http::Framing::chunked;
    return upgrading && header.field == http::Field::upgrade;
}

// Headers that say something of a body, or of a reply, that this server does not get to see.
bool is_of_the_old_body(const http::Header& header, const ChangedBody& body) {
    if (body.length && header.field == http::Field::content_length) return true;
    if (body.asks_for_usage && header.field == http::Field::accept_encoding) return true;
    if (!body.translated) return false;
    constexpr http::Fields old = {http::Field::content_type, http::Field::transfer_encoding,
                                  http::Field::content_encoding, http::Field::accept,
                                  http::Field::accept_encoding};
    if (old.has(header.field)) return true;
    for (std::string_view name : {"anthropic-version", "anthropic-beta", "trailer"})
        if (iequals(header.name, name)) return true;
    return false;
}

bool is_cors(std::string_view name) {
    return istarts_with(name, "access-control-allow-") || iequals(name, "access-control-expose-headers");
}

// Ours stand in the place of those of a gateway behind us. Its `X-Aihub-Stream` is no route header: it stays.
bool is_route_header(std::string_view name) {
    return istarts_with(name, "x-aihub-") &&
           (iequals(name, "x-aihub-service") || iequals(name, "x-aihub-reason") ||
            iequals(name, "x-aihub-overhead-ms"));
}

void append_ms(std::string& head, std::int64_t ns) {
    std::array<char, 24> text{};
    head.append(text.data(), write_thousandths(text.data(), ns / 1000));
}

void append_route_headers(const Exchange& x, std::string& head) {
    append_quota_headers(x, head);
    if (!x.service) return;
    head.append("X-Aihub-Service: ").append(x.service->config.name).append("\r\n");
    if (!x.reason.empty()) head.append("X-Aihub-Reason: ").append(x.reason).append("\r\n");
    head.append("X-Aihub-Overhead-Ms: ");
    bool waits = x.waiting_since_ns > 0;  // then its own time stands still, whatever the time is
    append_ms(head, x.own_time_ns(waits ? 0 : steady_ns()));
    head.append("\r\n");
}

}  // namespace

std::string route_headers(const Exchange& x) {
    std::string lines;
    append_route_headers(x, lines);
    return lines;
}

std::string own_stream_head(const Exchange& x, std::string_view content_type, bool chunked) {
    std::string head = "HTTP/1.1 200 OK\r\nDate: " + http_date(now_ms()) + "\r\nContent-Type: ";
    head.append(content_type).append("\r\nCache-Control: no-cache\r\nX-Accel-Buffering: no\r\n");
    if (chunked) head.append("Transfer-Encoding: chunked\r\n");
    head.append(cors_headers(x)).append("X-Request-Id: ").append(x.request_id).append("\r\n");
    append_route_headers(x, head);
    if (!x.keep_alive) head.append("Connection: close\r\n");
    return head + "\r\n";
}

std::string upstream_head(const Exchange& x, const Upstream& upstream, std::string_view target,
                          const ChangedBody& body) {
    const http::RequestHead& request = x.request;
    const config::ServiceConfig& service = upstream.service->config;
    std::string list = connection_list(request.headers);
    bool upgrading = !request.upgrade.empty();
    bool has_authorization = false;
    std::string head;
    head.reserve(1024);
    head.append(request.method)
        .append(" ")
        .append(upstream.target.url.path)
        .append(target)
        .append(" HTTP/1.1\r\n");
    bool has_host = false;
    auto add_host = [&](std::string_view name) {
        head.append(name).append(": ").append(upstream.target.url.authority).append("\r\n");
        has_host = true;
    };
    for (std::size_t i = 0; i < request.headers.size(); ++i) {
        const http::Header& header = request.headers[i];
        if (x.is_credential(i) || is_listed(list, header)) {
            if (upgrading && header.field == http::Field::upgrade) head.append(header.line);
            continue;
        }
        if (http::is_hop_by_hop(header.field) && !belongs_to_message(header, request.framing, upgrading))
            continue;
        if (is_of_the_old_body(header, body)) continue;
        if (header.field == http::Field::host) {
            add_host(header.name);
        } else if (header.field != http::Field::expect) {
            has_authorization = has_authorization || header.field == http::Field::authorization;
            head.append(header.line);
        }
    }
    if (!has_host) add_host("Host");
    if (body.length) head.append("Content-Length: ").append(std::to_string(*body.length)).append("\r\n");
    if (body.translated) head.append("Content-Type: application/json\r\nAccept: */*\r\n");
    if (upgrading) head.append("Connection: Upgrade\r\n");
    if (!service.key.empty() && !has_authorization)
        head.append("Authorization: Bearer ").append(service.key).append("\r\n");
    head.append("\r\n");
    return head;
}

std::string client_head(const Exchange& x, const http::ResponseHead& response, bool chunked,
                        bool length_holds) {
    std::string list = connection_list(response.headers);
    std::string cors = cors_headers(x);
    bool has_id = false;
    std::string head;
    head.reserve(1024);
    head.append("HTTP/1.1 ")
        .append(std::to_string(response.status))
        .append(" ")
        .append(response.reason)
        .append("\r\n");
    for (const http::Header& header : response.headers) {
        bool is_framed_anew = response.framing == http::Framing::chunked || !length_holds;
        bool framing = is_framed_anew && header.field == http::Field::content_length;
        if (framing || http::is_hop_by_hop(header.field) || is_listed(list, header)) {
            bool still_said = response.status == 101 && header.field == http::Field::upgrade;
            if (!still_said) continue;
        }
        if (!cors.empty() && is_cors(header.name)) continue;
        if (x.service && is_route_header(header.name)) continue;
        has_id = has_id || header.field == http::Field::x_request_id;
        head.append(header.line);
    }
    if (chunked) head.append("Transfer-Encoding: chunked\r\n");
    head.append(cors);
    if (!has_id) head.append("X-Request-Id: ").append(x.request_id).append("\r\n");
    append_route_headers(x, head);
    if (response.status == 101)
        head.append("Connection: Upgrade\r\n");
    else if (!x.keep_alive)
        head.append("Connection: close\r\n");
    else if (x.request.minor_version == 0)
        head.append("Connection: keep-alive\r\n");
    head.append("\r\n");
    return head;
}

std::string interim_head(const http::ResponseHead& response) {
    std::string head =
        "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(response.reason) + "\r\n";
    for (const http::Header& header : response.headers)
        if (!http::is_hop_by_hop(header.field)) head.append(header.line);
    return head + "\r\n";
}

}  // namespace aihub::serve
