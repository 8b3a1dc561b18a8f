#include "tools/aihub-serve/pipeline/attempt.hpp"

#include <algorithm>
#include <array>

#include "shared/base/strings.hpp"
#include "shared/http/chunked.hpp"
#include "tools/aihub-serve/pipeline/find_word.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"
#include "tools/aihub-serve/pipeline/keep_alive.hpp"
#include "tools/aihub-serve/pipeline/reshape.hpp"
#include "tools/aihub-serve/pipeline/sound_use.hpp"

namespace aihub::serve {
namespace {

using net::BodyStep;

constexpr std::size_t largest_response_head = 256 * 1024;
// Of a refusal, that is read before anything is decided.
constexpr std::size_t largest_refusal = 64 * 1024;

bool is_event_stream(const http::ResponseHead& response) {
    return istarts_with(response.header("content-type"), "text/event-stream");
}

// Whether all of a body has arrived that ends by itself.
bool is_whole(const http::ResponseHead& response, std::string_view body) {
    if (response.framing == http::Framing::length) return body.size() >= response.content_length;
    if (response.framing != http::Framing::chunked) return response.framing == http::Framing::none;
    http::ChunkDecoder decoder;
    http::ChunkDecoder::Step step = http::ChunkDecoder::Step::payload;
    for (std::string_view piece; step == http::ChunkDecoder::Step::payload;) step = decoder.step(body, piece);
    return step != http::ChunkDecoder::Step::need_more;
}

}  // namespace

void watch_client(Exchange& x) {
    x.client.read_ahead([&x] {
        x.client_gone = true;
        if (x.upstream) x.upstream->fail(boost::asio::error::operation_aborted);
    });
}

Attempt::Attempt(Exchange& x, const Candidate& candidate, OutgoingBody& body,
                 translate::Translation* translation, bool may_pass_over)
    : x_(x),
      candidate_(candidate),
      upstream_(*candidate.upstream),
      body_(body),
      translation_(translation),
      may_pass_over_(may_pass_over) {}

Attempt::~Attempt() {
    if (candidate_.trial && !judged_) upstream_.state->breaker.give_back_trial();
    if (response_.headers.capacity() > 0) x_.worker.spare_headers = std::move(response_.headers);
}

std::string_view Attempt::target() const {
    return translation_ ? translate::path_of(translation_->server_api()) : x_.upstream_target;
}

net::Task<Ended> Attempt::run(bool fresh) {
    x_.service = upstream_.service;
    x_.upstream_address = upstream_.target.url.authority;
    x_.upstream_started_ns = steady_ns();
    x_.upstream_ended_ns = 0;
    if (!take_kept(fresh)) co_await connect();
    if (x_.client_gone) {
        if (lease_.wire) lease_.wire->close();  // the read under way would keep it open
        co_return Ended::abandoned;
    }
    if (!lease_.wire)
        co_return fail("cannot be reached (" + lease_.failed.message() + ")", 503,
                       lease_.failed == boost::asio::error::timed_out ? Breaker::Failure::timeout
                                                                      : Breaker::Failure::connection);
    x_.upstream = lease_.wire.get();
    lease_.wire->set_write_timeout(x_.policy().body_timeout);
    Ended ended = co_await talk();
    x_.upstream = nullptr;
    x_.upstream_ended_ns = x_.waited_until_ns;  // talk() waits for the server to its end
    if (lease_.wire->failure() || !reusable_)
        lease_.wire->close();
    else
        x_.worker.pool.release(upstream_.target, std::move(lease_.wire), x_.upstream_ended_ns / 1'000'000);
    co_return ended;
}

bool Attempt::take_kept(bool fresh) {
    if (!fresh && !too_large_to_send_twice()) lease_.wire = x_.worker.pool.take_idle(upstream_.target);
    lease_.reused = lease_.wire != nullptr;
    return lease_.reused;
}

net::Task<void> Attempt::connect() {
    Waiting waiting(x_);
    lease_ = co_await x_.worker.pool.connect(upstream_.target);
    if (lease_.wire) lease_.wire->read_ahead(nullptr);  // a reply may come before the end of the body
}

net::Task<Ended> Attempt::talk() {
    lease_.wire->let_arrivals_end_writes(true);
    asked_for_usage_ = may_ask_for_usage() && body_.ask_for_usage();
    std::string head = upstream_head(x_, upstream_, target(),
                                     {body_.changed_length(), translation_ != nullptr, asked_for_usage_});
    if (body_.is_whole()) {
        std::array<std::string_view, 3> body = body_.take_whole();
        net::ErrorCode failed;  // a server that does not listen has answered, or will be found out below
        bool written = lease_.wire->try_write(failed, head, body[0], body[1], body[2]);
        sent_all_ = written && !failed;
        if (!written) sent_all_ = co_await deliver_rest();
        std::string().swap(head);  // the server may think for minutes
    } else {
        Waiting waiting(x_);
        BodyStep sent = co_await send_pieces(std::move(head));
        if (sent != BodyStep::piece && sent != BodyStep::end) co_return co_await give_up_body(sent);
        sent_all_ = sent == BodyStep::end;
    }
    watch_client(x_);
    Waiting waiting(x_);
    sent_at_ns_ = x_.waiting_since_ns;
    for (;;) {
        Head came = look();
        if (came == Head::interim) {
            co_await pass_interim();
        } else if (came == Head::missing) {
            net::ErrorCode failed;
            if (comment_interval(x_).count() > 0)
                failed = co_await await_server(x_, *lease_.wire, patience());
            else
                failed = co_await lease_.wire->more(patience());
            if (failed) co_return no_head(failed);
        } else {
            bool refused = false;
            if (asked_for_usage_ && came == Head::final) refused = co_await refuses_question();
            if (refused) co_return Ended::stale;
            if (std::optional<Ended> ended = judge(came)) co_return *ended;
            if (response_.status == 101) co_return co_await switch_protocols();
            if (translation_ || x_.begun) co_return co_await pass_reshaped();
            begin_passing_on();
            RelayEnd end = co_await relay(x_, *lease_.wire, response_, head_size_, service().idle_timeout,
                                          asked_for_usage_);
            co_return settle(end);
        }
    }
}

// Where the gateway knows what the reply will be made of: what goes to a server in the client's own words.
bool Attempt::may_ask_for_usage() const {
    bool knows_it = x_.api == translate::Api::chat || x_.api == translate::Api::completions;
    return knows_it && !translation_ && x_.request.method == "POST" && x_.policy().stream_usage &&
           upstream_.state->takes_question_for_usage() && !body_.was_refused_by(upstream_);
}

// Whether the server minds having been asked for token counts, or gives them where they cannot be taken out.
// It is remembered when it takes the request without that question: error texts quote what was asked.
net::Task<bool> Attempt::refuses_question() {
    bool unreadable = response_.status == 200 && is_event_stream(response_) &&
                      !response_.header("content-encoding").empty();
    bool refused = response_.status == 400 || response_.status == 422;
    if (refused) {
        co_await await_small_reply();
        std::string_view body = lease_.wire->pending().substr(head_size_);
        refused = find_word(body, "stream_options") != std::string_view::npos ||
                  find_word(body, "include_usage") != std::string_view::npos;
    }
    if (!unreadable && !refused) co_return false;
    judged_ = true;
    upstream_.state->breaker.succeeded();
    body_.note_refusal(upstream_);
    co_return true;
}

// The rest of a reply that is no larger than such a refusal; it stays pending.
net::Task<void> Attempt::await_small_reply() {
    net::ErrorCode failed;
    while (!failed && !is_whole(response_, lease_.wire->pending().substr(head_size_))) {
        std::size_t arrived = lease_.wire->pending().size();
        if (arrived - head_size_ > largest_refusal) break;
        lease_.wire->make_room(arrived + 4096);
        failed = co_await lease_.wire->more(service().idle_timeout);
    }
    look();  // what response_ points to may have moved
}

// A reply that is none, or that is passed over for another server's; nothing for one that is to be relayed.
std::optional<Ended> Attempt::judge(Head came) {
    if (came == Head::malformed)
        return fail(std::string("sent a reply that is no HTTP: ") + fault_, 502,
                    Breaker::Failure::connection);
    if (response_.status == 101 && x_.request.upgrade.empty())
        return fail("switched protocols unasked", 502, Breaker::Failure::connection);
    if (response_.status == 101) return std::nullopt;
    judge_status();
    x_.upstream_status = response_.status;
    if (!is_passed_over()) return std::nullopt;
    trouble_ = service().name + " (" + upstream_.target.url.authority + ") answered " +
               std::to_string(response_.status);
    failure_status_ = response_.status;
    return Ended::unanswered;
}

// What the breaker and the average of times learn: an answer is an answer, also one that refuses.
void Attempt::judge_status() {
    UpstreamState& state = *upstream_.state;
    judged_ = true;
    if (response_.status >= 500) {
        state.breaker.failed(Breaker::Failure::status);
        return;
    }
    state.breaker.succeeded();
    if (response_.status < 400) {
        if (body_.was_refused_by(upstream_)) state.note_refused_usage();
        std::int64_t now = steady_ns();
        state.latency.note(static_cast<float>(now - sent_at_ns_) / 1e6F, now / 1'000'000);
    }
}

bool Attempt::is_passed_over() const {
    const std::vector<int>& statuses = x_.policy().retry_status;
    return may_pass_over_ && std::find(statuses.begin(), statuses.end(), response_.status) != statuses.end();
}

// Such a body is not entrusted to a kept connection, which may be about to close.
bool Attempt::too_large_to_send_twice() const {
    return x_.room == Room::prefix && body_.chunked_or_larger_than_memory();
}

net::Task<Ended> Attempt::give_up_body(BodyStep step) {
    x_.keep_alive = false;
    x_.client_gone = x_.client_gone || step == BodyStep::gone;
    if (!x_.client_gone) co_await refuse(x_, body_problem(step));
    co_return Ended::abandoned;
}

// Head and first piece leave together. `piece` when the server stopped listening: its reply may be there
// already.
net::Task<BodyStep> Attempt::send_pieces(std::string head) {
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

net::Task<bool> Attempt::send_piece(std::string_view head, std::string_view piece, bool last) {
    if (!body_.chunked()) co_return co_await deliver(head, piece, {}, {});
    std::array<char, 24> size{};
    std::size_t size_length = piece.empty() ? 0 : http::write_chunk_size(size.data(), piece.size());
    std::string end = piece.empty() ? "" : "\r\n";
    if (last) end += "0\r\n" + x_.body.trailers() + "\r\n";
    co_return co_await deliver(head, std::string_view(size.data(), size_length), piece, end);
}

net::Task<bool> Attempt::deliver(std::string_view a, std::string_view b, std::string_view c,
                                 std::string_view d) {
    net::ErrorCode failed;
    if (lease_.wire->try_write(failed, a, b, c, d)) co_return !failed;
    co_return co_await deliver_rest();
}

// While the server takes nothing, both sides are watched: a client that leaves ends it, and so does a reply
// that the server gives without listening further. False when sending is over, for whatever reason.
net::Task<bool> Attempt::deliver_rest() {
    for (;;) {
        watch_client(x_);
        net::ErrorCode failed = co_await lease_.wire->write_rest();
        x_.client.stop_watching();
        if (failed != boost::asio::error::operation_aborted || x_.client_gone) co_return !failed;
        bool answered = co_await has_answered();
        if (answered) co_return false;
    }
}

// True when a final reply (or nonsense) has begun to arrive; interim ones are passed on.
net::Task<bool> Attempt::has_answered() {
    Head came = look();
    while (came == Head::interim) {
        co_await pass_interim();
        came = look();
    }
    co_return came != Head::missing;
}

// Whether a head stands at the front of the server's buffer; then response_ and head_size_ describe it.
Attempt::Head Attempt::look() {
    std::string_view pending = lease_.wire->pending();
    head_size_ = pending.empty() ? 0 : http::head_length(pending, scanned_);
    if (head_size_ == 0) {
        if (pending.size() > largest_response_head) return malformed("its head is too large");
        if (!pending.empty()) lease_.wire->make_room(pending.size() + 4096);
        return Head::missing;
    }
    scanned_ = 0;  // the same head may be looked at again
    // Not before: whoever waits for its server would keep it from those who do not.
    if (response_.headers.capacity() == 0) response_.headers = std::move(x_.worker.spare_headers);
    std::optional<http::HeadFault> fault =
        http::parse_response_head(pending.substr(0, head_size_), x_.request.method, response_);
    if (fault) return malformed(fault->reason);
    return response_.status >= 200 || response_.status == 101 ? Head::final : Head::interim;
}

Attempt::Head Attempt::malformed(const char* why) {
    fault_ = why;
    return Head::malformed;
}

Milliseconds Attempt::patience() const {
    return lease_.wire->pending().empty() ? service().first_byte_timeout : service().idle_timeout;
}

// Why no head came: the client left, a kept connection was closed meanwhile, or the server failed.
Ended Attempt::no_head(net::ErrorCode failed) {
    if (x_.client_gone) return Ended::abandoned;
    if (failed == boost::asio::error::timed_out)
        return fail("did not answer in time", 504, Breaker::Failure::timeout);
    if (lease_.reused && lease_.wire->pending().empty() && may_send_again()) return Ended::stale;
    return fail("closed the connection without an answer (" + failed.message() + ")", 502,
                Breaker::Failure::connection);
}

// A kept connection that its server had closed before our request came says so within a round trip; then the
// request was not seen. What is not idempotent (RFC 9110 9.2.2) is sent again only then, and only where the
// gateway knows the API.
bool Attempt::may_send_again() const {
    for (std::string_view method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
        if (x_.request.method == method) return true;
    constexpr std::int64_t round_trip_ms = 100;
    return x_.room == Room::root && steady_ns() - sent_at_ns_ <= round_trip_ms * 1'000'000;
}

Ended Attempt::fail(std::string what, int status, Breaker::Failure failure) {
    judged_ = true;
    upstream_.state->breaker.failed(failure);
    trouble_ = service().name + " (" + upstream_.target.url.authority + ") " + what;
    failure_status_ = status;
    x_.worker.logger.warning("service.failed", log::kv("service", service().name),
                             log::kv("url", upstream_.target.text), log::kv("reason", what),
                             log::kv("request_id", x_.request_id));
    return Ended::unanswered;
}

void Attempt::begin_passing_on() {
    x_.status = response_.status;
    if (!body_.finished()) x_.keep_alive = false;  // an answer before the body's end: the rest is in the way
    server_stays_ = response_.keep_alive && sent_all_;
}

net::Task<Ended> Attempt::pass_reshaped() {
    server_stays_ = response_.keep_alive && sent_all_;
    Reshaped reshaped = co_await reshape(x_, *lease_.wire, response_, head_size_, service().idle_timeout,
                                         translation_, asked_for_usage_);
    if (reshaped.trouble.empty() || x_.client_gone) co_return settle(reshaped.end);
    co_return fail(std::move(reshaped.trouble), 502, Breaker::Failure::connection);
}

Ended Attempt::settle(RelayEnd end) {
    if (x_.model.empty() && body_.is_read()) x_.model = body_.reader().model().value_or(std::string());
    if (!x_.usage.end()) x_.usage.estimate(body_.text_bytes());
    note_sound(x_, body_);
    reusable_ = end == RelayEnd::complete && server_stays_;
    if (end == RelayEnd::client_left) {
        x_.client_gone = true;
        x_.keep_alive = false;
    }
    if (end == RelayEnd::server_broke)
        x_.worker.logger.warning("stream.broke", log::kv("service", service().name),
                                 log::kv("url", upstream_.target.text), log::kv("request_id", x_.request_id));
    return Ended::answered;
}

net::Task<Ended> Attempt::switch_protocols() {
    judged_ = true;
    upstream_.state->breaker.succeeded();
    lease_.wire->let_arrivals_end_writes(false);
    x_.status = x_.upstream_status = 101;
    co_await tunnel(x_, *lease_.wire, response_, head_size_);
    co_return Ended::answered;
}

net::Task<void> Attempt::pass_interim() {
    std::string head = interim_head(response_);
    bool wanted = response_.status != 100 && x_.request.minor_version == 1 && !translation_ && !x_.begun;
    lease_.wire->consume(head_size_);
    scanned_ = 0;
    if (wanted) co_await x_.client.write(head);
}

}  // namespace aihub::serve
