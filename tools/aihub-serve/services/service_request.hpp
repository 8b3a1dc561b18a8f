// A question of the gateway's own to one server of a service: where it goes and which credentials it carries.
#pragma once

#include "shared/config/configuration.hpp"
#include "shared/http/client.hpp"

namespace aihub::serve {

// Without a path yet: those of OpenAI's API begin with /v1, so a base URL that ends with it is cut.
http::ClientRequest request_to(const config::ServiceConfig& service, http::Url base);

}  // namespace aihub::serve
