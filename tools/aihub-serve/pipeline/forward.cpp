// forward: send the request to a server and relay its reply; when a server fails before it has answered, try
// the next. A server that is full is passed over; when all are, the request waits until one has room.
#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/attempt.hpp"
#include "tools/aihub-serve/pipeline/heads.hpp"
#include "tools/aihub-serve/pipeline/keep_alive.hpp"
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
    ~Place() {
        state_.leave();
        worker_.room.changed();
    }
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

    net::Task<void> run() {
        body_.begin_sending();
        if (x_.body_is_whole) watch_client(x_);
        x_.worker.retry_budget.note_request(net::steady_ms());
        Ended ended = co_await try_all();
        while (ended == Ended::unanswered && tried_ == 0 && !refusal_ && !x_.client_gone) {
            bool room = co_await await_room();
            if (!room) break;
            ended = co_await try_all();
        }
        if (ended == Ended::unanswered && !x_.client_gone) co_await refuse_unanswered();
        x_.client.stop_watching();
        if (x_.client_gone && !x_.answering) x_.status = 499;  // nginx's number for it
    }

private:
    // Until one is not unanswered.
    net::Task<Ended> try_all() {
        for (std::size_t i = 0; i < candidates_.size() && may_try(); ++i) {
            Candidate& candidate = candidates_[i];
            UpstreamState& state = *candidate.upstream->state;
            if (!state.try_enter(candidate.upstream->service->config.max_concurrent)) continue;
            Place place(x_.worker, state);
            bool last = i + 1 == candidates_.size();
            bool prepared = co_await prepare(candidate);
            if (!prepared && x_.client_gone) co_return Ended::abandoned;
            if (!prepared) continue;
            if (last) body_.keep_in_memory_only();  // not before: a translation needs all of the body
            Ended ended = co_await try_one(candidate, last);
            candidate.trial = false;  // made, and judged
            if (ended != Ended::unanswered) co_return ended;
            if (x_.client_gone) co_return Ended::abandoned;
        }
        co_return Ended::unanswered;
    }

    // The first server is always asked; the others as far as settings and budget go.
    bool may_try() {
        if (tried_ == 0) return true;
        return body_.kept_all() && tried_ <= x_.policy().retry_attempts &&
               x_.worker.retry_budget.may_retry(x_.policy().retry_budget, net::steady_ms());
    }

    // The same server twice when a kept connection of it turns out to be closed.
    net::Task<Ended> try_one(const Candidate& candidate, bool last) {
        bool another = x_.room == Room::root && !last && tried_ < x_.policy().retry_attempts;
        ++tried_;
        if (tried_ > 1) note("retry " + std::to_string(tried_ - 1));
        if (candidate.stands_in) note("stands in: " + candidate.model);
        Ended ended = Ended::stale;
        for (bool fresh = false; ended == Ended::stale; fresh = true) {
            apply(candidate);
            Attempt attempt(x_, candidate, body_, translation_.get(), another);
            ended = co_await attempt.run(fresh);
            if (ended == Ended::unanswered) {
                troubles_.push_back(attempt.trouble());
                status_ = attempt.failure_status();
            }
            if (ended == Ended::stale && !body_.rewind()) {
                troubles_.push_back(candidate.upstream->service->config.name + " closed a kept connection");
                ended = Ended::unanswered;
            }
        }
        co_return ended;
    }

    // What this server gets: the body as it came, with another model's name, or translated. False: it cannot
    // be had, and refusal_ or x_.client_gone says why.
    net::Task<bool> prepare(const Candidate& candidate) {
        translation_.reset();
        if (tried_ > 0 && !body_.rewind()) co_return false;
        if (!candidate.api) {
            x_.wants_events = wants_events();
            co_return true;
        }
        std::string_view text;
        BodyStep read = co_await body_.collect(text);
        if (read != BodyStep::end) {
            x_.keep_alive = false;
            x_.client_gone = x_.client_gone || read == BodyStep::gone;
            refusal_ = body_problem(read);
            co_return false;
        }
        co_return co_await translate(candidate, text);
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

    void apply(const Candidate& candidate) {
        if (translation_)
            body_.replace_by(translation_->request());
        else if (!candidate.model.empty())
            body_.rename_model(candidate.model);
    }

    // Until a server may have room, the client leaves, or the wait is over. False: it is over.
    net::Task<bool> await_room() {
        Waiting waiting(x_);
        if (waiting_since_ == 0) waiting_since_ = net::steady_ms();
        x_.wants_events = wants_events();
        std::int64_t end = waiting_since_ + x_.policy().queue_timeout.count();
        std::int64_t comment_at = net::steady_ms() + comment_interval(x_).count();
        bool comments = comment_interval(x_).count() > 0;
        while (!x_.client_gone && net::steady_ms() < end) {
            bool goes_on = co_await x_.worker.room.wait();
            if (!goes_on) co_return false;
            if (std::any_of(candidates_.begin(), candidates_.end(),
                            [](const Candidate& each) { return has_room(*each.upstream); }))
                co_return true;
            if (!comments || net::steady_ms() < comment_at) continue;
            net::ErrorCode lost = co_await write_event_stream(x_, "text/event-stream", comment_of(x_), false);
            if (lost) x_.client_gone = true;
            comment_at = net::steady_ms() + comment_interval(x_).count();
        }
        co_return false;
    }

    net::Task<void> refuse_unanswered() {
        if (!body_.finished() && !x_.body_is_whole) x_.keep_alive = false;
        Problem problem = refusal_ && tried_ == 0 ? std::move(*refusal_) : unanswered();
        if (x_.begun) {
            x_.keep_alive = false;
            std::string event = stream_error(x_.dialect, "text/event-stream", problem.message, true);
            net::ErrorCode ignored = co_await write_event_stream(x_, "text/event-stream", event, true);
            (void)ignored;
        } else {
            co_await refuse(x_, std::move(problem), x_.service ? route_headers(x_) : std::string());
        }
    }

    Problem unanswered() const {
        std::string model = x_.model.empty() ? "" : " for the model `" + x_.model + "`";
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
    std::vector<std::string> troubles_;
    int status_ = 0;
    unsigned tried_ = 0;
    std::int64_t waiting_since_ = 0;  // for room; steady ms
};

}  // namespace

net::Task<void> forward(Exchange& x, OutgoingBody& body, Candidates candidates) {
    Dispatch dispatch(x, body, candidates);
    co_await dispatch.run();
}

}  // namespace aihub::serve
