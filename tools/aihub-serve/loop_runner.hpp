// One loop with all that runs on it: its listeners, its sessions, and what they work with.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "tools/aihub-serve/net/census.hpp"
#include "tools/aihub-serve/net/listener.hpp"
#include "tools/aihub-serve/net/tls.hpp"
#include "tools/aihub-serve/pipeline/session.hpp"

namespace aihub::serve {

class LoopRunner {
public:
    LoopRunner(net::Offload& offload, AccessLogFile& access_log, log::Logger& logger, Gateway& gateway,
               net::Census& census);

    ~LoopRunner();

    // Before start().
    void add_listener(net::Acceptor acceptor);
    void start();
    void stop();

    // From any thread.
    void listen();
    // Serves who is in the queue of a socket that is not wanted any more, and closes it.
    void retire(net::Acceptor acceptor);
    void publish(std::shared_ptr<const Picture> picture) { worker_.publish(std::move(picture)); }
    void set_tls(net::TlsContext tls);
    // `handed_over`: the listening sockets live on in another process.
    void drain(bool handed_over);
    void abort();
    // While it drains, a listener that is not closed yet counts too.
    std::size_t open_sessions() const { return open_; }

    net::Loop& loop() { return *loop_; }
    Worker& worker() { return worker_; }

private:
    class Visit;

    void accepted(net::Socket socket);
    void ended(bool crashed);
    net::Task<void> serve(net::Socket socket, net::Endpoint client);
    net::Task<void> serve_inside(net::WirePtr client);
    net::Task<void> turn_away(net::Socket socket);

    std::unique_ptr<net::Loop> loop_;
    Worker worker_;
    Gateway& gateway_;
    net::Census& census_;
    Sessions sessions_;
    net::TlsContext tls_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    std::atomic<std::size_t> open_{0};
    std::size_t refusals_ = 0;  // clients that are being turned away
};

}  // namespace aihub::serve
