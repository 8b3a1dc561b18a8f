#include "tools/aihub-serve/loop_runner.hpp"

#include "tools/aihub-serve/net/spawn.hpp"
#include "tools/aihub-serve/streams/stream_store.hpp"

namespace aihub::serve {
namespace {

// A flood is not given a polite end each: that would take as many descriptors as serving it.
constexpr std::size_t most_refusals = 100;

class Counted {
public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;

private:
    std::size_t& count_;
};

}  // namespace

// A connection in the counts, for exactly as long as it is served, however that ends.
class LoopRunner::Visit {
public:
    Visit(LoopRunner& runner, net::Endpoint client) : runner_(runner), client_(std::move(client)) {
        ++runner_.open_;
    }
    ~Visit() {
        --runner_.open_;
        runner_.census_.leave(client_.address());
    }
    Visit(const Visit&) = delete;

private:
    LoopRunner& runner_;
    net::Endpoint client_;
};

LoopRunner::LoopRunner(net::Offload& offload, AccessLogFile& access_log, log::Logger& logger,
                       Gateway& gateway, net::Census& census)
    : loop_(std::make_unique<net::Loop>()),
      worker_(*loop_, offload, access_log, logger),
      gateway_(gateway),
      census_(census) {
    loop_->every_tick([this] {
        worker_.records.flush();
        worker_.pool.sweep();
        worker_.streams->sweep();
        worker_.queue->tick(*loop_, net::steady_ms());
    });
    worker_.serve_inside = [this](net::WirePtr client) {
        net::spawn(*loop_, serve_inside(std::move(client)), [this](bool crashed) { ended(crashed); });
    };
}

// The loop goes first: it drops the coroutines that still wait, and those refer to everything else.
LoopRunner::~LoopRunner() {
    stop();
    listeners_.clear();
    worker_.pool.close_all();
    loop_.reset();
}

void LoopRunner::add_listener(net::Acceptor acceptor) {
    listeners_.push_back(std::make_unique<net::Listener>(
        *loop_, std::move(acceptor), [this](net::Socket socket) { accepted(std::move(socket)); }));
}

void LoopRunner::start() {
    loop_->start();
}

void LoopRunner::listen() {
    loop_->post([this] {
        for (auto& listener : listeners_) listener->start();
    });
}

void LoopRunner::retire(net::Acceptor acceptor) {
    auto listener = std::make_shared<net::Listener>(
        *loop_, std::move(acceptor), [this](net::Socket socket) { accepted(std::move(socket)); });
    loop_->post([listener] { listener->stop([listener] {}); });
}

void LoopRunner::stop() {
    loop_->stop();
    worker_.records.flush();
}

void LoopRunner::set_tls(net::TlsContext tls) {
    loop_->post([this, tls = std::move(tls)] { tls_ = tls; });
}

void LoopRunner::drain(bool handed_over) {
    open_ += listeners_.size();  // somebody may be about to come in
    loop_->post([this, handed_over] {
        auto closed = [this] { --open_; };
        for (auto& listener : listeners_) handed_over ? listener->hand_over(closed) : listener->stop(closed);
        worker_.draining = true;
        sessions_.drain();
        worker_.pool.close_all();
    });
}

void LoopRunner::abort() {
    loop_->post([this] {
        worker_.queue->end();  // who waits for a server is told so first, while it can still be written to
        loop_->post([this] {
            sessions_.abort();
            worker_.end_waiting();
        });
    });
}

void LoopRunner::accepted(net::Socket socket) {
    net::ErrorCode failed;
    net::Endpoint client = socket.remote_endpoint(failed);
    if (failed) return;  // it left already
    const Policy& policy = *worker_.picture->policy;
    bool welcome = census_.enter(client.address(), policy.connections_per_client, policy.max_connections);
    if (!welcome && refusals_ >= most_refusals) return;
    net::spawn(*loop_, welcome ? serve(std::move(socket), client) : turn_away(std::move(socket)),
               [this](bool crashed) { ended(crashed); });
}

void LoopRunner::ended(bool crashed) {
    if (crashed) worker_.logger.error("session.crashed");
}

net::Task<void> LoopRunner::serve(net::Socket socket, net::Endpoint client) {
    Visit visit(*this, std::move(client));
    auto wire = std::make_shared<net::Wire>(*loop_, std::move(socket));
    wire->set_write_timeout(worker_.picture->policy->body_timeout);
    Session session(worker_, gateway_, sessions_, std::move(wire));
    net::TlsContext tls = tls_;
    co_await session.run(std::move(tls));
}

// Nobody visits: whoever wants the reply is counted already. Nor does it time out when its reply is not
// taken: who reads it knows better for how long that may be.
net::Task<void> LoopRunner::serve_inside(net::WirePtr client) {
    client->set_write_timeout(Milliseconds(0));
    Session session(worker_, gateway_, sessions_, std::move(client));
    co_await session.run(nullptr);
}

net::Task<void> LoopRunner::turn_away(net::Socket socket) {
    Counted counted(refusals_);
    auto wire = std::make_shared<net::Wire>(*loop_, std::move(socket));
    std::string body =
        error_body(Dialect::openai,
                   Problem(429,
                           "too many connections from this address are open; close some, or raise "
                           "the setting connections_per_client",
                           "too_many_connections"),
                   "-");
    std::string head =
        "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: "
        "close\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n";
    if (!tls_) co_await wire->write(head, body);
    co_await wire->close_lingering(Milliseconds(500));
}

}  // namespace aihub::serve
