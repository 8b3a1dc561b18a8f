// The order of a request's stages, in one place. One gateway a process; handle() runs on the loop of its session.
#pragma once

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// The gateway's own endpoints (api/). Gives true when it has answered.
class OwnEndpoints {
public:
    virtual ~OwnEndpoints() = default;
    // Endpoints that need no key; before identify.
    virtual net::Task<bool> answer_public(Exchange& x) = 0;
    // Endpoints for callers with a key; after identify.
    virtual net::Task<bool> answer_caller(Exchange& x) = 0;
};

class Gateway {
public:
    explicit Gateway(OwnEndpoints& own) : own_(own) {}

    // From a sound head to the last byte of the reply. What the log says about it, the session writes afterwards, whatever
    // happened here.
    net::Task<void> handle(Exchange& x);

private:
    net::Task<bool> answer_preflight(Exchange& x);

    OwnEndpoints& own_;
};

}  // namespace aihub::serve
