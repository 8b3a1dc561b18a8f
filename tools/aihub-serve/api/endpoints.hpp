// The gateway's own endpoints: health, and the lists that speak for all services. One table in endpoints.cpp:
// method, path, who may call, handler.
#pragma once

#include "tools/aihub-serve/pipeline/gateway.hpp"

namespace aihub::serve {

class Endpoints : public OwnEndpoints {
public:
    Handler find(const Exchange& x, Who who) const override;
};

// The body of /health: seed 001's shape; for admins, who are given how many requests wait, with a detail a
// service.
std::string health_body(const Picture& picture, const UsageBacklog& usage,
                        std::optional<std::size_t> waiting = {});

// The caller's requests that wait for a server.
net::Task<Reply> waiting_requests(Exchange& x);

// The models: OpenAI's list and one of it, Ollama's list, the list that needs no key, the list of a user's
// page.
net::Task<Reply> openai_models(Exchange& x);
net::Task<Reply> openai_model(Exchange& x);
net::Task<Reply> ollama_tags(Exchange& x);
net::Task<Reply> public_models(Exchange& x);
net::Task<Reply> caller_models(Exchange& x);

// Ollama's /api/ps of all services in one, and the version of the first that answers.
net::Task<Reply> running_models(Exchange& x);
net::Task<Reply> ollama_version(Exchange& x);

// The caller's streams that can be taken up again; the events of one, which it answers by itself; the end of
// one.
net::Task<Reply> list_streams(Exchange& x);
net::Task<Reply> follow_stream(Exchange& x);
net::Task<Reply> end_stream(Exchange& x);

}  // namespace aihub::serve
