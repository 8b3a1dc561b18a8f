#include "tools/aihub-serve/services/service_request.hpp"

namespace aihub::serve {

http::ClientRequest request_to(const config::ServiceConfig& service, http::Url base) {
    constexpr std::string_view api_root = "/v1";
    http::ClientRequest request;
    request.base = std::move(base);
    std::string& path = request.base.path;
    if (path.ends_with(api_root)) path.resize(path.size() - api_root.size());
    request.bearer = service.key;
    request.verify_tls = service.verify_tls;
    return request;
}

}  // namespace aihub::serve
