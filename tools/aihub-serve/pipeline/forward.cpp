// forward: send the request to a server and relay its reply; when a server fails before it has answered, try
// the next. A server that is full is passed over; when all are, the request waits until one has room.
#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/attempt.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"
#include "tools/aihub-serve/pipeline/room_wait.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

using net::BodyStep;

// Beyond it a body is translated on the offload pool: a loop has others to serve.
constexpr std::size_t quick_translation = 256 * 1024;

// Gives back the place at a server that try_enter() has taken.
class Place {
public:
    explicit Place(Worker& worker, UpstreamState& state) : worker_(worker), state_(state) {}
    ~Place() { worker_.queue->leave(state_); }
    Place(const Place&) = delete;

private:
    Worker& worker_;
    UpstreamState& state_;
};

class Dispatch {
public:
    Dispatch(Exchange& x, OutgoingBody& body, Candidates& candidates)
        : x_(x), body_(body), candidates_(candidates) {}
    ~Dispatch() { give_back_trials(candidates_); }
    Dispatch(const Dispatch&) = delete;

    void begin() {
        body_.begin_sending();
        if (x_.body_is_whole) watch_client(x_);
        x_.worker.retry_budget.note_request(x_.started_ns / 1'000'000);
    }

    // The next server that may be tried and has room, which is entered then: the caller leaves it. Null when
    // there is none.
    Candidate* next() {
        while (next_ < candidates_.size()) {
            Candidate& candidate = candidates_[next_];
            bool has_place = has_room(*candidate.upstream);
            if (has_place && !may_try()) return nullptr;
            ++next_;
            if (has_place && candidate.upstream->state->try_enter()) return &candidate;
            passed_full_ = true;
        }
        return nullptr;
    }
    // It is not asked after all: another request may find out whether it is back.
    static void pass_by(Candidate& candidate) {
        if (std::exchange(candidate.trial, false)) candidate.upstream->state->breaker.give_back_trial();
    }
    bool is_last() const { return next_ == candidates_.size() && !passed_full_; }
    // It was tried and did not answer: whoever waits for room waits for the others.
    void strike_out() { candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(--next_)); }
    // Who could still answer has no room.
    bool may_wait() const { return passed_full_ && may_ask_more() && !refusal_ && !x_.client_gone; }

    // What this server gets: the body as it came, with another model's name, or translated. False: it cannot
    // be had, and refusal_ or x_.client_gone says why; prepare_translation() has to be asked when needed.
    bool prepare() {
        translation_.reset();
        if (tried_ > 0 && !body_.rewind()) return false;
        x_.wants_events = wants_events();
        return true;
    }
    net::Task<bool> prepare_translation(const Candidate& candidate) {
        std::string_view text;
        BodyStep read = BodyStep::end;
        {
            Waiting waiting(x_);  // for the client, who may be slow
            read = co_await body_.collect(text);
        }
        if (read != BodyStep::end) {
            x_.keep_alive = false;
            x_.client_gone = x_.client_gone || read == BodyStep::gone;
            refusal_ = body_problem(read);
            co_return false;
        }
        co_return co_await translate(candidate, text);
    }

    void begin_attempts(const Candidate& candidate) {
        if (is_last()) body_.keep_in_memory_only();  // not before: a translation needs all of the body
        another_ = x_.room == Room::root && !is_last() && tried_ < x_.policy().retry_attempts;
        ++tried_;
        if (tried_ > 1) {
            x_.worker.retry_budget.note_retry(net::steady_ms());
            note("retry " + std::to_string(tried_ - 1));
        }
        if (candidate.stands_in) note("stands in: " + candidate.model);
    }
    bool may_pass_over() const { return another_; }
    translate::Translation* translation() { return translation_.get(); }

    void apply(const Candidate& candidate) {
        x_.served_model = candidate.model;
        if (translation_)
            body_.replace_by(translation_->request());
        else if (!candidate.model.empty())
            body_.rename_model(candidate.model);
    }

    // `ended` as it stands after all: what is stale but cannot be sent again is unanswered.
    Ended note_attempt(const Candidate& candidate, const Attempt& attempt, Ended ended) {
        if (ended == Ended::unanswered) {
            troubles_.push_back(attempt.trouble());
            status_ = attempt.failure_status();
        }
        if (ended != Ended::stale || body_.rewind()) return ended;
        troubles_.push_back(candidate.upstream->service->config.name + " closed a kept connection");
        return Ended::unanswered;
    }

    // Until a server has room for it, which is entered then: the caller leaves it. Null when nobody may wait
    // for longer, or the client has left.
    net::Task<Candidate*> await_room() {
        if (waiting_since_ == 0) waiting_since_ = net::steady_ms();
        x_.wants_events = wants_events();
        std::int64_t end = waiting_since_ + x_.policy().queue_timeout.count();
        if (net::steady_ms() >= end) co_return nullptr;
        RoomWait wait(x_, candidates_, waiting_since_);
        refusal_ = wait.join();
        if (refusal_) {
            retry_after_ = wait.retry_after();
            co_return nullptr;
        }
        std::optional<std::size_t> granted = co_await wait.run(end);
        co_return granted ? enter(*granted) : nullptr;
    }

    net::Task<void> refuse_unanswered() {
        if (!body_.finished() && !x_.body_is_whole) x_.keep_alive = false;
        Problem problem = refusal_ && tried_ == 0 ? std::move(*refusal_) : unanswered();
        return refuse(x_, std::move(problem),
                      retry_after_ + (x_.service ? route_headers(x_) : std::string()));
    }

    void end() {
        x_.client.stop_watching();
        if (x_.client_gone && !x_.answering) x_.status = 499;  // nginx's number for it
    }

private:
    // A place is held at its server already. Who could not be asked before may be when this one fails.
    Candidate* enter(std::size_t granted) {
        auto candidate = candidates_.begin() + static_cast<std::ptrdiff_t>(granted);
        if (!may_try()) {
            x_.worker.queue->leave(*candidate->upstream->state);
            return nullptr;
        }
        std::rotate(candidates_.begin(), candidate, candidate + 1);
        next_ = 1;
        passed_full_ = false;
        return &candidates_.front();
    }

    // The first server is always asked; the others as far as settings and budget go.
    bool may_try() {
        if (tried_ == 0) return true;
        return may_ask_more() && x_.worker.retry_budget.may_retry(x_.policy().retry_budget, net::steady_ms());
    }
    bool may_ask_more() const {
        return tried_ == 0 || (body_.kept_all() && tried_ <= x_.policy().retry_attempts);
    }

    net::Task<bool> translate(const Candidate& candidate, std::string_view text) {
        translate::Circumstances circumstances{x_.request_id, x_.model, candidate.model, now_ms(),
                                               context_of(candidate)};
        auto work = [&] {
            Result<std::unique_ptr<translate::Translation>> made =
                translate::translate(*x_.api, *candidate.api, text, circumstances);
            if (made)
                translation_ = std::move(*made);
            else
                refusal_ = Problem(
                    400, made.error().message + (made.error().hint.empty() ? "" : "; ") + made.error().hint,
                    "unsupported_parameter");
        };
        if (text.size() <= quick_translation)
            work();
        else
            co_await x_.worker.offload.run(x_.worker.loop, work);
        x_.wants_events =
            translation_ && translation_->streams() && translation_->content_type() == "text/event-stream";
        co_return translation_ != nullptr;
    }

    std::optional<std::uint64_t> context_of(const Candidate& candidate) const {
        Resolved resolved = x_.picture->catalogue->resolve(candidate.model);
        if (!resolved.entry) return std::nullopt;
        for (const Placement& placement : resolved.entry->placements)
            if (placement.upstream == candidate.upstream) return placement.capabilities.context_length;
        return std::nullopt;
    }

    bool wants_events() const {
        bool events = x_.api && !translate::is_ollama(*x_.api);
        return events && x_.room == Room::root && body_.wants_stream();
    }

    Problem unanswered() const {
        std::string model = x_.model.empty() ? "" : " for the model `" + x_.model + "`";
        if (tried_ == 0 && x_.worker.queue->has_ended())
            return Problem(503,
                           "the gateway stops, and no server" + model + " had room in time; try again later",
                           "stopping");
        if (tried_ == 0)
            return Problem(503,
                           "every server" + model +
                               " is busy; try again later, or raise max_concurrent or queue_timeout",
                           "all_servers_busy");
        std::string message = "no server could answer" + model;
        for (std::size_t i = 0; i < troubles_.size(); ++i) message += (i == 0 ? ": " : "; ") + troubles_[i];
        return Problem(status_ == 0 ? 502 : status_,
                       message + "; start it, or see its address in the settings", "upstream_unavailable");
    }

    void note(const std::string& why) {
        x_.reason.append(x_.reason.empty() ? "" : "; ").append(printable(why));
    }

    Exchange& x_;
    OutgoingBody& body_;
    Candidates& candidates_;
    std::unique_ptr<translate::Translation> translation_;
    std::optional<Problem> refusal_;
    std::string retry_after_;  // header line; empty: nothing special
    std::vector<std::string> troubles_;
    int status_ = 0;
    std::size_t next_ = 0;
    unsigned tried_ = 0;
    bool passed_full_ = false;        // a server that has no room at the moment
    bool another_ = false;            // there is another server to ask after the one being asked
    std::int64_t waiting_since_ = 0;  // for room; steady ms
};

}  // namespace

// One coroutine for the usual way: a frame more would be felt in every request.
net::Task<void> forward(Exchange& x, OutgoingBody& body, Candidates candidates) {
    Dispatch dispatch(x, body, candidates);
    dispatch.begin();
    Ended ended = Ended::unanswered;
    while (ended == Ended::unanswered && !x.client_gone) {
        Candidate* candidate = dispatch.next();
        if (!candidate && dispatch.may_wait()) candidate = co_await dispatch.await_room();
        if (!candidate) break;
        Place place(x.worker, *candidate->upstream->state);
        bool prepared = dispatch.prepare();
        if (prepared && candidate->api) prepared = co_await dispatch.prepare_translation(*candidate);
        if (!prepared) {
            Dispatch::pass_by(*candidate);
            continue;
        }
        dispatch.begin_attempts(*candidate);
        ended = Ended::stale;  // the same server twice when a kept connection of it turns out to be closed
        for (bool fresh = false; ended == Ended::stale; fresh = true) {
            dispatch.apply(*candidate);
            Attempt attempt(x, *candidate, body, dispatch.translation(), dispatch.may_pass_over());
            ended = co_await attempt.run(fresh);
            ended = dispatch.note_attempt(*candidate, attempt, ended);
        }
        candidate->trial = false;  // made, and judged
        if (ended == Ended::unanswered) dispatch.strike_out();
    }
    if (ended == Ended::unanswered && !x.client_gone) co_await dispatch.refuse_unanswered();
    dispatch.end();
}

}  // namespace aihub::serve
