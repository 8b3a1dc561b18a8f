// forward: send the request to a server and relay its reply; when a server fails before it has answered, try
// the next.
#include <array>

#include "shared/http/chunked.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"
#include "tools/aihub-serve/pipeline/relay.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

using net::BodyStep;

constexpr std::int64_t rest_after_failure_ms = 2000;  // a server that failed is tried last for this long
constexpr std::size_t largest_response_head = 256 * 1024;

enum class Ended {
    answered,    // the client has a reply, whole or broken off
    unanswered,  // nothing has reached the client: another server may be tried
    stale,       // a kept connection turned out to be closed: the same server, on a new one
    abandoned,   // the client left, or its body was refused
};

// Counts a request as outstanding for as long as it lives.
class Outstanding {
public:
    explicit Outstanding(UpstreamState& state) : state_(state) { ++state_.outstanding; }
    ~Outstanding() { --state_.outstanding; }
    Outstanding(const Outstanding&) = delete;

private:
    UpstreamState& state_;
};

// From the end of the request's body on, the client's leaving is noticed at once, also before the first byte
// of a reply.
void watch_client(Exchange& x) {
    x.client.read_ahead([&x] {
        x.client_gone = true;
        if (x.upstream) x.upstream->fail(boost::asio::error::operation_aborted);
    });
}

// One request to one server, on one connection.
class Attempt {
public:
    Attempt(Exchange& x, const Upstream& upstream, OutgoingBody& body, std::vector<std::string>& troubles)
        : x_(x), upstream_(upstream), body_(body), troubles_(troubles), outstanding_(*upstream.state) {}

    net::Task<Ended> run(bool fresh) {
        x_.service = upstream_.service;
        x_.upstream_address = upstream_.target.url.authority;
        x_.upstream_started_ns = steady_ns();
        x_.upstream_ended_ns = 0;
        if (!fresh) lease_.wire = x_.worker.pool.take_idle(upstream_.target);
        lease_.reused = lease_.wire != nullptr;
        if (!lease_.wire) lease_ = co_await x_.worker.pool.connect(upstream_.target);
        if (x_.client_gone) co_return Ended::abandoned;
        if (!lease_.wire) co_return fail("cannot be reached (" + lease_.failed.message() + ")", 503);
        x_.upstream = lease_.wire.get();
        lease_.wire->set_write_timeout(x_.policy().body_timeout);
        Ended ended = co_await talk();
        x_.upstream = nullptr;
        x_.upstream_ended_ns = steady_ns();
        if (lease_.wire->failure() || !reusable_)
            lease_.wire->close();
        else
            x_.worker.pool.release(upstream_.target, std::move(lease_.wire));
        co_return ended;
    }

    int failure_status() const { return failure_status_; }

private:
    net::Task<Ended> talk() {
        BodyStep sent = BodyStep::end;
        std::string head = upstream_head(x_, upstream_);
        if (x_.body_is_whole) {
            net::ErrorCode failed;  // a server that stopped listening may have answered already: its reply is
                                    // read in any case
            if (!lease_.wire->try_write(failed, head, body_.take_whole()))
                failed = co_await lease_.wire->write_rest();
        } else {
            sent = co_await send_pieces(std::move(head));
        }
        if (sent != BodyStep::piece && sent != BodyStep::end) co_return co_await give_up_body(sent);
        watch_client(x_);
        http::ResponseHead response;
        for (;;) {
            std::size_t size = 0;
            net::ErrorCode failed;
            while (!failed && (size = head_size()) == 0) failed = co_await lease_.wire->more(patience());
            if (size == 0) co_return no_head();
            std::optional<http::HeadFault> fault = http::parse_response_head(
                lease_.wire->pending().substr(0, size), x_.request.method, response);
            if (fault) co_return fail(std::string("sent a reply that is no HTTP: ") + fault->reason, 502);
            if (response.status == 101 && !x_.request.upgrade.empty())
                co_return co_await switch_protocols(response, size);
            if (response.status == 101) co_return fail("switched protocols unasked", 502);
            if (response.status >= 200) co_return co_await pass_on(response, size);
            co_await pass_interim(response);
            lease_.wire->consume(size);
            scanned_ = 0;
        }
    }

    net::Task<Ended> give_up_body(BodyStep step) {
        x_.keep_alive = false;
        x_.client_gone = x_.client_gone || step == BodyStep::gone;
        if (!x_.client_gone) co_await refuse(x_, body_problem(step));
        co_return Ended::abandoned;
    }

    // Head and first piece leave together. `piece` when the server stopped listening: its reply may be there
    // already.
    net::Task<BodyStep> send_pieces(std::string head) {
        for (;;) {
            std::string_view piece;
            BodyStep step = body_.finished() ? BodyStep::end : co_await body_.next(piece);
            bool last = step == BodyStep::end;
            if (step != BodyStep::piece && !last) co_return step;
            net::ErrorCode failed = co_await send_piece(head, piece, last);
            head.clear();
            if (failed || answered_early()) co_return BodyStep::piece;
            if (last || (body_.finished() && !body_.chunked())) co_return BodyStep::end;
        }
    }

    net::Task<net::ErrorCode> send_piece(std::string_view head, std::string_view piece, bool last) {
        if (!body_.chunked()) co_return co_await lease_.wire->write(head, piece);
        std::array<char, 24> size{};
        std::size_t size_length = piece.empty() ? 0 : http::write_chunk_size(size.data(), piece.size());
        std::string end = piece.empty() ? "" : "\r\n";
        if (last) end += "0\r\n" + x_.body.trailers() + "\r\n";
        co_return co_await lease_.wire->write(head, std::string_view(size.data(), size_length), piece, end);
    }

    bool answered_early() const { return !lease_.wire->pending().empty() && !body_.finished(); }

    // Length of the head at the front of the server's buffer, 0 while it is not complete.
    std::size_t head_size() {
        std::string_view pending = lease_.wire->pending();
        if (pending.empty()) return 0;
        std::size_t size = http::head_length(pending, scanned_);
        if (size > 0) return size;
        if (pending.size() > largest_response_head) lease_.wire->fail(boost::asio::error::message_size);
        lease_.wire->make_room(pending.size() + 4096);
        return 0;
    }

    Milliseconds patience() const {
        const config::ServiceConfig& service = upstream_.service->config;
        return lease_.wire->pending().empty() ? service.first_byte_timeout : service.idle_timeout;
    }

    // Why no head came: the client left, a kept connection was closed meanwhile, or the server failed.
    Ended no_head() {
        if (x_.client_gone) return Ended::abandoned;
        bool nothing_came = lease_.wire->pending().empty();
        bool late = lease_.wire->failure() == boost::asio::error::timed_out;
        if (lease_.reused && nothing_came && !late) return Ended::stale;
        if (late) return fail("did not answer in time", 504);
        return fail("closed the connection without an answer (" + lease_.wire->failure().message() + ")",
                    502);
    }

    Ended fail(std::string what, int status) {
        upstream_.state->down_until = net::steady_ms() + rest_after_failure_ms;
        troubles_.push_back(upstream_.service->config.name + " (" + upstream_.target.url.authority + ") " +
                            what);
        failure_status_ = status;
        x_.worker.logger.warning("service.failed", log::kv("service", upstream_.service->config.name),
                                 log::kv("url", upstream_.target.text), log::kv("reason", what),
                                 log::kv("request_id", x_.request_id));
        return Ended::unanswered;
    }

    net::Task<Ended> pass_on(const http::ResponseHead& response, std::size_t size) {
        upstream_.state->down_until = 0;
        x_.status = x_.upstream_status = response.status;
        if (!body_.finished())
            x_.keep_alive = false;  // an answer before the body's end: the rest of it is in the way
        bool server_stays = response.keep_alive && body_.finished();
        RelayEnd end =
            co_await relay(x_, *lease_.wire, response, size, upstream_.service->config.idle_timeout);
        reusable_ = end == RelayEnd::complete && server_stays;
        if (end == RelayEnd::client_left) {
            x_.client_gone = true;
            x_.keep_alive = false;
        }
        if (end == RelayEnd::server_broke)
            x_.worker.logger.warning("stream.broke", log::kv("service", upstream_.service->config.name),
                                     log::kv("url", upstream_.target.text),
                                     log::kv("request_id", x_.request_id));
        co_return Ended::answered;
    }

    net::Task<Ended> switch_protocols(const http::ResponseHead& response, std::size_t size) {
        x_.status = x_.upstream_status = 101;
        co_await tunnel(x_, *lease_.wire, response, size);
        co_return Ended::answered;
    }

    net::Task<void> pass_interim(const http::ResponseHead& response) {
        if (response.status == 100 || x_.request.minor_version == 0) co_return;
        std::string head = interim_head(response);
        co_await x_.client.write(head);
    }

    Exchange& x_;
    const Upstream& upstream_;
    OutgoingBody& body_;
    std::vector<std::string>& troubles_;
    Outstanding outstanding_;
    net::UpstreamPool::Lease lease_;
    std::size_t scanned_ = 0;  // of the response head
    bool reusable_ = false;
    int failure_status_ = 0;
};

net::Task<void> refuse_unanswered(Exchange& x, const std::vector<std::string>& troubles, int status) {
    std::string message = "no server could answer";
    if (!x.model.empty()) message += " for the model `" + x.model + "`";
    for (std::size_t i = 0; i < troubles.size(); ++i) message += (i == 0 ? ": " : "; ") + troubles[i];
    co_await refuse(
        x, Problem(status == 0 ? 502 : status, message + "; start it, or see its address in the settings",
                   "upstream_unavailable"));
}

}  // namespace

net::Task<void> forward(Exchange& x, OutgoingBody& body, Candidates candidates) {
    std::vector<std::string> troubles;
    int status = 0;
    if (x.body_is_whole) watch_client(x);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (i + 1 == candidates.size()) body.keep_in_memory_only();
        Ended ended = Ended::stale;
        for (bool fresh = false; ended == Ended::stale; fresh = true) {
            Attempt attempt(x, *candidates[i], body, troubles);
            ended = co_await attempt.run(fresh);
            status = attempt.failure_status();
            if (ended == Ended::stale && !body.rewind()) {
                troubles.push_back(candidates[i]->service->config.name + " closed a kept connection");
                ended = Ended::unanswered;
            }
        }
        if (ended != Ended::unanswered) break;
        bool again = i + 1 < candidates.size() && body.rewind();
        if (again) continue;
        if (!body.finished()) x.keep_alive = false;
        co_await refuse_unanswered(x, troubles, status);
        break;
    }
    x.client.stop_watching();
    if (x.client_gone && !x.answering) x.status = 499;  // nginx's number for it
}

}  // namespace aihub::serve
