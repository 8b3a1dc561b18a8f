// The gateway's own endpoints: health, and the lists that speak for all services. One table in endpoints.cpp:
// method, path, who may call, handler.
#pragma once

#include "tools/aihub-serve/pipeline/gateway.hpp"

namespace aihub::serve {

class Endpoints : public OwnEndpoints {
public:
    Handler find(const Exchange& x, Who who) const override;
};

// The body of /health: seed 001's shape, with a detail a service for admins.
std::string health_body(const Picture& picture, bool with_detail);

// Ollama's /api/ps of all services in one, and the version of the first that answers.
net::Task<Reply> running_models(Exchange& x);
net::Task<Reply> ollama_version(Exchange& x);

}  // namespace aihub::serve
