// The order of a request's stages, in one place. One gateway a process; handle() runs on the loop of its
// session.
#pragma once

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// Who may call one of the gateway's own endpoints.
enum class Who { everybody, caller };

// The gateway's own endpoints (api/).
class OwnEndpoints {
public:
    using Handler = net::Task<Reply> (*)(Exchange& x);

    virtual ~OwnEndpoints() = default;
    // What answers this request, when it is for an endpoint of that kind; else null. Its reply is sent unless
    // it has answered by itself.
    virtual Handler find(const Exchange& x, Who who) const = 0;
};

// A way around for calls that need more than a reply (streams/).
class Detour {
public:
    virtual ~Detour() = default;
    virtual bool wants(const Exchange& x) const = 0;
    virtual net::Task<void> take(Exchange& x) = 0;
};

class Gateway {
public:
    Gateway(OwnEndpoints& own, Detour& detour) : own_(own), detour_(detour) {}

    // From a sound head to the last byte of the reply. What the log says about it, the session writes
    // afterwards, whatever happened here.
    net::Task<void> handle(Exchange& x);

private:
    net::Task<void> serve(
        Exchange& x);  // by a server: what is left when nothing of the gateway's own answers
    net::Task<void> answer_own(Exchange& x, OwnEndpoints::Handler handler);

    OwnEndpoints& own_;
    Detour& detour_;
};

}  // namespace aihub::serve
