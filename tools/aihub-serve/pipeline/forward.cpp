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
    ~Attempt() {
        if (response_.headers.capacity() > 0) x_.worker.spare_headers = std::move(response_.headers);
    }

    Attempt(Exchange& x, const Upstream& upstream, OutgoingBody& body, std::vector<std::string>& troubles)
        : x_(x), upstream_(upstream), body_(body), troubles_(troubles), outstanding_(*upstream.state) {}

    net::Task<Ended> run(bool fresh) {
        x_.service = upstream_.service;
        x_.upstream_address = upstream_.target.url.authority;
        x_.upstream_started_ns = steady_ns();
        x_.upstream_ended_ns = 0;
        if (!fresh && !too_large_to_send_twice()) lease_.wire = x_.worker.pool.take_idle(upstream_.target);
        lease_.reused = lease_.wire != nullptr;
        if (!lease_.wire) {
            lease_ = co_await x_.worker.pool.connect(upstream_.target);
            if (lease_.wire) lease_.wire->read_ahead(nullptr);  // a reply may come before the end of the body
        }
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
    enum class Head { missing, interim, final, malformed };

    net::Task<Ended> talk() {
        response_.headers = std::move(x_.worker.spare_headers);
        lease_.wire->let_arrivals_end_writes(true);
        BodyStep sent = BodyStep::end;
        std::string head = upstream_head(x_, upstream_);
        if (x_.body_is_whole)
            co_await deliver(head, body_.take_whole(), {}, {});
        else
            sent = co_await send_pieces(std::move(head));
        if (sent != BodyStep::piece && sent != BodyStep::end) co_return co_await give_up_body(sent);
        sent_at_ = net::steady_ms();
        watch_client(x_);
        for (;;) {
            Head came = look();
            if (came == Head::interim) {
                co_await pass_interim();
            } else if (came == Head::missing) {
                net::ErrorCode failed = co_await lease_.wire->more(patience());
                if (failed) co_return no_head(failed);
            } else {
                co_return co_await take_reply(came);
            }
        }
    }

    net::Task<Ended> take_reply(Head came) {
        if (came == Head::malformed)
            co_return fail(std::string("sent a reply that is no HTTP: ") + fault_, 502);
        if (response_.status != 101) co_return co_await pass_on();
        if (x_.request.upgrade.empty()) co_return fail("switched protocols unasked", 502);
        co_return co_await switch_protocols();
    }

    // Such a body is not entrusted to a kept connection, which may be about to close.
    bool too_large_to_send_twice() const {
        return x_.room == Room::prefix && body_.chunked_or_larger_than_memory();
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
            bool delivered = co_await send_piece(head, piece, last);
            head.clear();
            if (!delivered) co_return BodyStep::piece;
            if (last || (body_.finished() && !body_.chunked())) co_return BodyStep::end;
            bool answered = co_await has_answered();
            if (answered) co_return BodyStep::piece;
        }
    }

    net::Task<bool> send_piece(std::string_view head, std::string_view piece, bool last) {
        if (!body_.chunked()) co_return co_await deliver(head, piece, {}, {});
        std::array<char, 24> size{};
        std::size_t size_length = piece.empty() ? 0 : http::write_chunk_size(size.data(), piece.size());
        std::string end = piece.empty() ? "" : "\r\n";
        if (last) end += "0\r\n" + x_.body.trailers() + "\r\n";
        co_return co_await deliver(head, std::string_view(size.data(), size_length), piece, end);
    }

    // Writes; while the server takes nothing, both sides are watched: a client that leaves ends it, and so
    // does a reply that the server gives without listening further. False when sending is over, for whatever
    // reason.
    net::Task<bool> deliver(std::string_view a, std::string_view b, std::string_view c, std::string_view d) {
        net::ErrorCode failed;
        bool written = lease_.wire->try_write(failed, a, b, c, d);
        while (!written) {
            watch_client(x_);
            failed = co_await lease_.wire->write_rest();
            x_.client.stop_watching();
            written = failed != boost::asio::error::operation_aborted || x_.client_gone;
            if (written) break;
            bool answered = co_await has_answered();
            if (answered) co_return false;
        }
        co_return !failed;
    }

    // True when a final reply (or nonsense) has begun to arrive; interim ones are passed on.
    net::Task<bool> has_answered() {
        Head came = look();
        while (came == Head::interim) {
            co_await pass_interim();
            came = look();
        }
        co_return came != Head::missing;
    }

    // Whether a head stands at the front of the server's buffer; then response_ and head_size_ describe it.
    Head look() {
        std::string_view pending = lease_.wire->pending();
        head_size_ = pending.empty() ? 0 : http::head_length(pending, scanned_);
        if (head_size_ == 0) {
            if (pending.size() > largest_response_head) return malformed("its head is too large");
            if (!pending.empty()) lease_.wire->make_room(pending.size() + 4096);
            return Head::missing;
        }
        scanned_ = 0;  // the same head may be looked at again
        std::optional<http::HeadFault> fault =
            http::parse_response_head(pending.substr(0, head_size_), x_.request.method, response_);
        if (fault) return malformed(fault->reason);
        return response_.status >= 200 || response_.status == 101 ? Head::final : Head::interim;
    }

    Head malformed(const char* why) {
        fault_ = why;
        return Head::malformed;
    }

    Milliseconds patience() const {
        const config::ServiceConfig& service = upstream_.service->config;
        return lease_.wire->pending().empty() ? service.first_byte_timeout : service.idle_timeout;
    }

    // Why no head came: the client left, a kept connection was closed meanwhile, or the server failed.
    Ended no_head(net::ErrorCode failed) {
        if (x_.client_gone) return Ended::abandoned;
        if (failed == boost::asio::error::timed_out) return fail("did not answer in time", 504);
        if (lease_.reused && lease_.wire->pending().empty() && may_send_again()) return Ended::stale;
        return fail("closed the connection without an answer (" + failed.message() + ")", 502);
    }

    // A kept connection that its server had closed before our request came says so within a round trip; then
    // the request was not seen. What is not idempotent (RFC 9110 9.2.2) is sent again only then, and only
    // where the gateway knows the API.
    bool may_send_again() const {
        for (std::string_view method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
            if (x_.request.method == method) return true;
        constexpr std::int64_t round_trip_ms = 100;
        return x_.room == Room::root && net::steady_ms() - sent_at_ <= round_trip_ms;
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

    net::Task<Ended> pass_on() {
        upstream_.state->down_until = 0;
        x_.status = x_.upstream_status = response_.status;
        if (!body_.finished())
            x_.keep_alive = false;  // an answer before the body's end: the rest of it is in the way
        bool server_stays = response_.keep_alive && body_.finished();
        RelayEnd end =
            co_await relay(x_, *lease_.wire, response_, head_size_, upstream_.service->config.idle_timeout);
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

    net::Task<Ended> switch_protocols() {
        lease_.wire->let_arrivals_end_writes(false);
        x_.status = x_.upstream_status = 101;
        co_await tunnel(x_, *lease_.wire, response_, head_size_);
        co_return Ended::answered;
    }

    net::Task<void> pass_interim() {
        std::string head = interim_head(response_);
        bool wanted = response_.status != 100 && x_.request.minor_version == 1;
        lease_.wire->consume(head_size_);
        scanned_ = 0;
        if (wanted) co_await x_.client.write(head);
    }

    Exchange& x_;
    const Upstream& upstream_;
    OutgoingBody& body_;
    std::vector<std::string>& troubles_;
    Outstanding outstanding_;
    net::UpstreamPool::Lease lease_;
    http::ResponseHead response_;
    std::size_t head_size_ = 0;
    std::size_t scanned_ = 0;  // of the response head
    const char* fault_ = "";
    std::int64_t sent_at_ = 0;  // steady ms
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
    body.begin_sending();
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
