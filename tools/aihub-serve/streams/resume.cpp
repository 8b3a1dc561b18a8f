#include "tools/aihub-serve/streams/resume.hpp"

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/net/spawn.hpp"
#include "tools/aihub-serve/net/wire_pair.hpp"
#include "tools/aihub-serve/streams/deliver.hpp"
#include "tools/aihub-serve/streams/inner_call.hpp"
#include "tools/aihub-serve/streams/pump.hpp"

namespace aihub::serve {
namespace {

constexpr std::string_view opt_in = "x-aihub-resume";
constexpr std::string_view last_event_id = "last-event-id";

std::optional<bool> parse_switch(std::string_view text) {
    for (std::string_view yes : {"on", "true", "1", "yes"})
        if (iequals(text, yes)) return true;
    for (std::string_view no : {"off", "false", "0", "no"})
        if (iequals(text, no)) return false;
    return std::nullopt;
}

// A coding would hide where events begin; the server was not offered one.
bool can_be_cut(const http::ResponseHead& head) {
    return head.status == 200 && istarts_with(head.header("content-type"), "text/event-stream") &&
           head.header("content-encoding").empty();
}

// A stream of which nobody has learnt yet: it goes again unless its reply turns out to be one.
class Prospect {
public:
    Prospect(StreamStore& store, StreamStore::StreamPtr stream) : store_(store), stream_(std::move(stream)) {}
    ~Prospect() {
        if (!stream_->has_begun()) store_.remove(*stream_);
    }
    Prospect(const Prospect&) = delete;

private:
    StreamStore& store_;
    StreamStore::StreamPtr stream_;
};

void start_pump(Exchange& x, const StreamStore::StreamPtr& stream, net::WirePtr reply,
                std::shared_ptr<Side> pump, const http::ResponseHead& head) {
    auto ended = [stream, &logger = x.worker.logger](bool crashed) {
        if (!crashed) return;
        logger.error("session.crashed");
        stream->end(ResumableStream::Course::broken);
    };
    net::spawn(x.worker.loop,
               pump_events(stream, std::move(reply), std::move(pump), ReplyDecoder(head), x.dialect), ended);
}

std::string head_for_return(const Exchange& x, const ResumableStream& stream) {
    return "HTTP/1.1 200 OK\r\nDate: " + http_date(now_ms()) + "\r\nContent-Type: " + stream.content_type() +
           "\r\nCache-Control: no-cache\r\nX-Request-Id: " + x.request_id +
           "\r\nX-Aihub-Stream: " + stream.id() + "\r\n" + cors_headers(x);
}

Problem too_old(std::uint64_t after, std::uint64_t oldest) {
    return Problem(410,
                   "the events after number " + std::to_string(after) +
                       " are not all kept any more, the oldest is " + std::to_string(oldest) +
                       "; send the request anew, and raise the setting resume_buffer if this happens often",
                   "events_lost");
}

Problem beyond_the_end(std::uint64_t after, std::uint64_t last) {
    return Problem(400,
                   "the stream has no event number " + std::to_string(after) + ", its last is " +
                       std::to_string(last) + "; send the id of an event that has come",
                   "invalid_event_id");
}

}  // namespace

Owner owner_of(const Exchange& x) {
    return x.caller ? Owner{x.caller->user_id, x.caller->user} : Owner{};
}

StreamStore::StreamPtr find_stream(StreamStore& store, const Exchange& x, std::string_view id) {
    StreamStore::StreamPtr stream = store.find(id);
    return stream && (x.is_admin() || stream->owner() == owner_of(x)) ? stream : nullptr;
}

Problem no_such_stream() {
    return Problem(
        404,
        "there is no such stream: it is unknown, has ended, or nobody took it up within the setting "
        "resume_window; send the request anew",
        "stream_not_found");
}

std::optional<EventId> parse_event_id(std::string_view text) {
    std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::optional<std::uint64_t> number = parse_unsigned(text.substr(colon + 1));
    if (!number) return std::nullopt;
    return EventId{text.substr(0, colon), *number};
}

bool Resume::wants(const Exchange& x) const {
    if (x.room != Room::root || x.request.method != "POST" || x.request.minor_version == 0) return false;
    std::string_view asked = x.request.header(opt_in);
    bool possible = x.policy().resume_window.count() > 0 && x.request.upgrade.empty();
    return !asked.empty() && possible && parse_switch(asked) != false;
}

net::Task<void> Resume::take(Exchange& x) {
    std::string_view asked = x.request.header(opt_in);
    if (!parse_switch(asked))
        co_return co_await refuse(x, Problem(400, "X-Aihub-Resume: " + printable(asked) +
                                                      " means nothing here; send `on` or `off`"));
    if (!x.request.has(last_event_id)) co_return co_await start(x);
    std::optional<EventId> last = parse_event_id(x.request.header(last_event_id));
    if (!last)
        co_return co_await refuse(
            x, Problem(400,
                       "Last-Event-ID is none of this gateway's; send the id of the last event that came, or "
                       "leave it out to begin anew",
                       "invalid_event_id"));
    co_await take_up(store_, x, last->stream, last->number);
}

net::Task<void> Resume::start(Exchange& x) {
    Result<StreamStore::StreamPtr> opened =
        store_.open(owner_of(x), x.policy().resume_buffer, x.policy().resume_window);
    if (!opened)
        co_return co_await refuse(
            x, Problem(429, opened.error().message + "; " + opened.error().hint, "too_many_streams"));
    StreamStore::StreamPtr stream = *opened;
    Prospect prospect(store_, stream);
    Result<net::WirePair> pair = net::make_wire_pair(x.worker.loop, x.client.remote_address());
    if (!pair) co_return co_await refuse(x, Problem(503, pair.error().message + "; " + pair.error().hint));
    x.worker.serve_inside(std::move(pair->server));
    InnerCall call(x, std::move(pair->client));
    const http::ResponseHead* head = co_await call.run();
    if (!head && x.client_gone) co_return;
    if (!head) {
        x.logged_inside = false;
        co_return co_await refuse(x, Problem(502, "the gateway broke the request off; send it again"));
    }
    if (!can_be_cut(*head)) co_return co_await call.pass_on();
    net::WirePtr reply = call.take_body();
    auto pump = std::make_shared<Side>(*reply);
    auto taker = std::make_shared<Side>(x.client);
    stream->begin(pump, call.model(), std::string(head->header("content-type")));
    start_pump(x, stream, std::move(reply), std::move(pump), *head);
    (void)stream->seat(taker, std::nullopt);
    co_await deliver(x, stream, std::move(taker), call.head_for_events(stream->id()));
}

net::Task<void> take_up(StreamStore& store, Exchange& x, std::string_view id,
                        std::optional<std::uint64_t> after) {
    StreamStore::StreamPtr stream = find_stream(store, x, id);
    if (!stream) co_return co_await refuse(x, no_such_stream());
    auto taker = std::make_shared<Side>(x.client);
    using Seating = ResumableStream::Seating;
    Seating seating = stream->seat(taker, after);
    ResumableStream::View view = stream->view();
    if (seating == Seating::too_old) co_return co_await refuse(x, too_old(*after, view.oldest));
    if (seating == Seating::beyond) co_return co_await refuse(x, beyond_the_end(*after, view.events));
    if (seating == Seating::nothing_left) {
        Reply nothing_left;
        nothing_left.status = 204;  // which also ends an EventSource's attempts
        co_return co_await answer(x, std::move(nothing_left));
    }
    std::string head = head_for_return(x, *stream);
    co_await deliver(x, std::move(stream), std::move(taker), std::move(head));
}

}  // namespace aihub::serve
