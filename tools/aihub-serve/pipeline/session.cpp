#include "tools/aihub-serve/pipeline/session.hpp"

#include <array>
#include <charconv>

#include "shared/base/clock.hpp"
#include "shared/crypto/hash.hpp"
#include "tools/aihub-serve/pipeline/meter.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

constexpr Milliseconds linger_time{2000};
constexpr Milliseconds last_call{500};  // what an idle connection gets when the gateway is about to stop
constexpr std::size_t largest_drained_body = 256 * 1024;
constexpr std::size_t spare_room =
    512;  // behind a pinned request, so that the client's leaving is still noticed

// "X-Request-Id" of the client when it is a sane one, so that logs on both sides can be joined; else our own.
bool is_sane_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") ==
               std::string_view::npos;
}

// Unique without a lock: a random part a thread, and a count.
std::string new_request_id() {
    thread_local const std::string part = "req_" + crypto::random_hex(8);
    thread_local std::uint64_t count = 0;
    std::array<char, 16> digits{};
    char* end = std::to_chars(digits.data(), digits.data() + digits.size(), ++count + 0x10000000, 16).ptr;
    std::string id;
    id.reserve(part.size() + digits.size());
    id.append(part).append(digits.data(), end);
    return id;
}

}  // namespace

void Sessions::drain() {
    for (Session* session = first_; session; session = session->next_)
        if (!session->busy_) session->client_->expect_within(last_call);
}

void Sessions::abort() {
    for (Session* session = first_; session; session = session->next_)
        session->client_->fail(boost::asio::error::operation_aborted);
}

std::size_t Sessions::busy() const {
    std::size_t number = 0;
    for (Session* session = first_; session; session = session->next_) number += session->busy_ ? 1 : 0;
    return number;
}

Session::Session(Worker& worker, Gateway& gateway, Sessions& sessions, net::WirePtr client)
    : worker_(worker),
      gateway_(gateway),
      sessions_(sessions),
      client_(std::move(client)),
      next_(sessions.first_) {
    if (next_) next_->previous_ = this;
    sessions_.first_ = this;
    ++sessions_.count_;
}

Session::~Session() {
    if (previous_)
        previous_->next_ = next_;
    else
        sessions_.first_ = next_;
    if (next_) next_->previous_ = previous_;
    --sessions_.count_;
}

net::Task<void> Session::run(net::TlsContext tls) {
    net::ErrorCode failed;
    if (tls) failed = co_await client_->accept_tls(*tls, worker_.picture->policy->header_timeout);
    bool first = true;
    bool going_on = !failed;
    while (going_on) {
        going_on = co_await serve_one(first);
        first = false;
    }
    if (reset_)
        client_->reset();
    else if (refused_)
        co_await client_->close_lingering(linger_time);
    else
        client_->close();
}

net::Task<bool> Session::serve_one(bool first) {
    busy_ = false;
    client_->shrink();
    std::size_t head_size = co_await read_head(first);
    if (head_size == 0) co_return false;
    busy_ = true;
    Exchange x(worker_, *client_);
    x.request.headers = std::move(headers_);
    x.remembered = &caller_;
    x.started_ns = steady_ns();
    x.bytes_at_start = client_->bytes_written();
    co_await respond(x, head_size);
    finish(x, head_size);
    if (x.keep_alive && !x.body_is_whole) x.keep_alive = co_await drain_body(x);
    if (!x.logged_inside) record(x);
    if (!x.keep_alive) refused_ = !x.client_gone && x.answering;
    reset_ = x.must_reset;
    headers_ = std::move(x.request.headers);
    co_return x.keep_alive;
}

void Session::record(Exchange& x) {
    x.ended_ns = steady_ns();
    x.ended_ms = now_ms();
    meter(x);
    worker_.records.add(x);
}

net::Task<void> Session::respond(Exchange& x, std::size_t head_size) {
    if (std::optional<Problem> refusal = begin(x, head_size)) return refuse(x, std::move(*refusal));
    return gateway_.handle(x);
}

net::Task<std::size_t> Session::read_head(bool first) {
    const std::shared_ptr<const Policy> policy = worker_.picture->policy;
    std::int64_t end = 0;  // steady ms: the whole head must be here by then, however it dribbles
    std::size_t scanned = 0;
    for (;;) {
        std::string_view pending = client_->pending();
        if (scanned <= 1 && pending.starts_with("\r\n")) {  // RFC 9112 2.2: one empty line before it may be
            client_->consume(2);
            pending.remove_prefix(2);
            scanned = 0;
        }
        if (std::size_t size = http::head_length(pending, scanned)) co_return size;
        if (pending.size() > policy->head_limits.bytes) {
            co_await refuse_head(431, "the head is too large");
            co_return 0;
        }
        bool idle = pending.empty() && !first;
        std::int64_t now = idle ? 0 : net::steady_ms();
        if (!idle && end == 0) end = now + policy->header_timeout.count();
        if (http::cannot_become_head(pending)) {
            co_await refuse_head(
                400,
                "this is no HTTP/1.1 request: lines end with CRLF, and TLS belongs to an https listener");
            co_return 0;
        }
        if (idle && worker_.draining) co_return 0;
        client_->make_room(pending.size() + 2048);  // moves what `pending` showed
        Milliseconds patience =
            idle ? policy->idle_timeout : Milliseconds(std::max<std::int64_t>(1, end - now));
        if (worker_.draining) patience = std::min(patience, last_call);
        net::ErrorCode failed = co_await client_->more(patience);
        if (!failed) continue;
        if (failed == boost::asio::error::timed_out && !client_->pending().empty())
            co_await refuse_head(408, "the request head did not arrive in time");
        co_return 0;
    }
}

// A head of which nothing more can be said than that it is refused.
net::Task<void> Session::refuse_head(int status, const char* reason) {
    Exchange x(worker_, *client_);
    x.started_ns = steady_ns();
    x.bytes_at_start = client_->bytes_written();
    x.request_id = new_request_id();
    x.keep_alive = false;
    busy_ = true;
    co_await refuse(x, Problem(status, reason));
    record(x);
    refused_ = true;
}

std::optional<Problem> Session::begin(Exchange& x, std::size_t head_size) {
    std::string_view head = client_->pending().substr(0, head_size);
    std::optional<http::HeadFault> fault = http::parse_request_head(head, x.policy().head_limits, x.request);
    std::string_view id = x.request.header(http::Field::x_request_id);
    x.request_id = is_sane_id(id) ? std::string(id) : new_request_id();
    if (fault) {
        x.keep_alive = false;
        if (!x.request.path.empty()) locate(x);
        return Problem(fault->status, fault->reason);
    }
    x.keep_alive = x.request.keep_alive;
    settle(x, head);
    return std::nullopt;
}

// Head and body stay where they arrived until the request is done, when all of both is here: nothing is
// copied. Else the head moves out of the way of the body.
void Session::settle(Exchange& x, std::string_view head) {
    std::size_t body_size = x.request.framing == http::Framing::length ? x.request.content_length : 0;
    bool may_stay = x.request.framing != http::Framing::chunked &&
                    x.request.upgrade.empty();  // a tunnel overwrites the buffer
    x.body_is_whole = may_stay && client_->pending().size() - head.size() >= body_size &&
                      client_->make_room(head.size() + body_size + spare_room);
    std::string_view settled = client_->pending().substr(0, head.size());
    if (x.body_is_whole) {
        x.whole_body = client_->pending().substr(head.size(), body_size);
    } else {
        x.head_text = std::string(settled);
        client_->consume(head.size());
        settled = x.head_text;
    }
    if (settled.data() != head.data())
        (void)http::parse_request_head(settled, x.policy().head_limits, x.request);
}

void Session::finish(Exchange& x, std::size_t head_size) {
    client_->stop_watching();
    if (x.client_gone)
        x.keep_alive = false;
    else if (x.body_is_whole)
        client_->consume(head_size + x.whole_body.size());
}

// Reads what is left of a body that nobody wanted, when it is little; else the connection ends.
net::Task<bool> Session::drain_body(Exchange& x) {
    if (x.request.framing == http::Framing::none || x.body.ended()) co_return true;
    if (x.request.expect_continue && !x.body.started()) co_return false;
    if (!x.body.started()) x.body.open(x.request, largest_drained_body, x.policy().body_timeout);
    std::size_t seen = 0;
    std::string_view piece;
    for (;;) {
        net::BodyStep step = co_await x.body.next(piece);
        if (step == net::BodyStep::end) co_return true;
        if (step != net::BodyStep::piece) co_return false;
        seen += piece.size();
        if (seen > largest_drained_body) co_return false;
    }
}

}  // namespace aihub::serve
