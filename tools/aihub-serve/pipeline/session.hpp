// One client connection: reads heads, has each request handled, logs it, and goes on for as long as both
// sides want to.
#pragma once

#include <memory>
#include <string>

#include "tools/aihub-serve/net/tls.hpp"
#include "tools/aihub-serve/pipeline/gateway.hpp"

namespace aihub::serve {

// The sessions of one loop, so that they can be ended. The loop's thread only.
class Sessions {
public:
    // The end is near: connections close after the reply under way; idle ones have a moment more, for a
    // request that may be on its way already.
    void drain();
    // Ends what is still running.
    void abort();
    std::size_t count() const { return count_; }
    std::size_t busy() const;

private:
    friend class Session;
    class Session* first_ = nullptr;
    std::size_t count_ = 0;
};

class Session {
public:
    Session(Worker& worker, Gateway& gateway, Sessions& sessions, net::WirePtr client);
    ~Session();
    Session(const Session&) = delete;

    // Runs until the connection ends. `tls`: null for a plain listener.
    net::Task<void> run(net::TlsContext tls);

private:
    friend class Sessions;

    net::Task<bool> serve_one(bool first);
    // Length of the next head in the client's buffer; 0 when the connection is to be closed.
    net::Task<std::size_t> read_head(bool first);
    net::Task<void> refuse_head(int status, const char* reason);
    // Fills the exchange from the head; a refusal when it is not sound.
    net::Task<void> respond(Exchange& x, std::size_t head_size);
    std::optional<Problem> begin(Exchange& x, std::size_t head_size);
    void settle(Exchange& x, std::string_view head);
    void finish(Exchange& x, std::size_t head_size);
    net::Task<bool> drain_body(Exchange& x);
    // What it used, its line and its row.
    void record(Exchange& x);

    Worker& worker_;
    Gateway& gateway_;
    Sessions& sessions_;
    net::WirePtr client_;
    std::vector<http::Header> headers_;  // only its memory: each request takes it and gives it back
    RememberedCaller caller_;
    bool busy_ = false;
    bool refused_ = false;
    bool reset_ = false;
    Session* previous_ = nullptr;
    Session* next_ = nullptr;
};

}  // namespace aihub::serve
