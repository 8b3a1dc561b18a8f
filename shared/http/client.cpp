#include "shared/http/client.hpp"

#include <httplib.h>

namespace aihub::http {
namespace {

Error no_reply(const ClientRequest& request, httplib::Error reason) {
    std::string what = reason == httplib::Error::Connection ? "the connection was refused or timed out"
                       : reason == httplib::Error::Read     ? "it did not answer in time"
                       : reason == httplib::Error::Canceled ? "its answer is too large"
                                                            : httplib::to_string(reason);
    return Error(ErrorCode::unavailable, request.base.text() + request.path + ": " + what,
                 "is it running, and is the address right?");
}

}  // namespace

Result<ClientReply> get(const ClientRequest& request) {
    std::string origin = (request.base.tls ? "https://" : "http://") + request.base.authority;
    httplib::Client client(origin);
    client.set_connection_timeout(request.timeout);
    client.set_read_timeout(request.timeout);
    client.set_write_timeout(request.timeout);
    client.enable_server_certificate_verification(request.verify_tls);
    httplib::Headers headers;
    if (!request.bearer.empty()) headers.emplace("Authorization", "Bearer " + request.bearer);
    ClientReply reply;
    auto take = [&](const char* data, std::size_t length) {
        reply.body.append(data, length);
        return reply.body.size() <= request.largest_reply;
    };
    httplib::Result result = client.Get(request.base.path + request.path, headers, take);
    if (!result) return no_reply(request, result.error());
    reply.status = result->status;
    return reply;
}

}  // namespace aihub::http
