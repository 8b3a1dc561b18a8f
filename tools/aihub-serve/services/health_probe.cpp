#include "tools/aihub-serve/services/health_probe.hpp"

#include <algorithm>
#include <atomic>

#include "shared/http/client.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;

// A server is in use again two seconds after it is back: the longest pause, counted from question to
// question, and what it takes to look and to ask.
constexpr Milliseconds longest_pause{1500};
constexpr Milliseconds patience{1000};
constexpr Milliseconds pulse{100};

bool has_list(ServiceKind kind) {
    return kind != ServiceKind::plain && kind != ServiceKind::openwebui;
}

struct Question {
    ServiceKind kind;
    http::ClientRequest request;
};

Question question_for(const Upstream& upstream) {
    const config::ServiceConfig& service = upstream.service->config;
    Question question{service.kind, {}};
    http::ClientRequest& request = question.request;
    request.base = upstream.target.url;
    request.path = service.kind == ServiceKind::ollama ? "/api/tags" : "/v1/models";
    request.bearer = service.key;
    request.verify_tls = service.verify_tls;
    request.timeout = patience;
    return question;
}

bool is_answered(const Question& question, const std::stop_token& called_off) {
    http::ClientRequest request = question.request;
    request.called_off = called_off;
    if (!has_list(question.kind)) return http::reach(request).has_value();
    Result<http::ClientReply> reply = http::get(request);
    return reply && reply->status < 500;
}

}  // namespace

// One server. What is not atomic belongs to the thread that looks.
struct HealthProbe::Watched {
    std::string service;
    std::string url;
    Question question;
    std::shared_ptr<UpstreamState> state;

    std::atomic<bool> being_asked{false};
    std::atomic<bool> is_back{false};  // and nobody was told
    std::uint32_t openings = 0;        // of the breaker that have been seen
    Milliseconds pause{0};             // before the question to come; 0: it is not down
    Clock::time_point due;             // the question to come

    Watched(const Upstream& upstream)
        : service(upstream.service->config.name),
          url(upstream.target.text),
          question(question_for(upstream)),
          state(upstream.state) {}

    bool is_same(const Watched& other) const {
        const http::ClientRequest& mine = question.request;
        const http::ClientRequest& theirs = other.question.request;
        return state == other.state && question.kind == other.question.kind && mine.bearer == theirs.bearer &&
               mine.verify_tls == theirs.verify_tls;
    }
    void put_off(Clock::time_point now, Milliseconds first) {
        pause = pause.count() == 0 ? std::min(first, longest_pause) : std::min(2 * pause, longest_pause);
        due = now + pause;
    }
    // Whether it is to be asked now. A trial that failed makes the pause longer, too.
    bool wants_question(Clock::time_point now, Milliseconds first) {
        Breaker::State current = state->breaker.state();
        if (current == Breaker::State::closed) pause = Milliseconds(0);
        if (current != Breaker::State::open || being_asked) return false;
        if (std::uint32_t seen = state->breaker.openings(); seen != openings || pause.count() == 0) {
            openings = seen;
            put_off(now, first);
        }
        return now >= due;
    }
};

HealthProbe::HealthProbe(log::Logger& logger, std::function<void()> is_back)
    : logger_(logger), is_back_(std::move(is_back)) {}

HealthProbe::~HealthProbe() {
    stop();
}

void HealthProbe::start() {
    thread_ = std::thread([this] { run(); });
}

void HealthProbe::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    errands_.stop();
}

void HealthProbe::configure(Milliseconds first_pause) {
    std::lock_guard lock(mutex_);
    first_pause_ = first_pause;
    for (const auto& [key, server] : servers_) server->state->breaker.set_probed(first_pause.count() > 0);
}

void HealthProbe::watch(const Catalogue& catalogue) {
    std::lock_guard lock(mutex_);
    std::map<std::string, std::shared_ptr<Watched>> servers;
    for (const auto& service : catalogue.services()) {
        for (const Upstream& upstream : service->upstreams) {
            auto server = std::make_shared<Watched>(upstream);
            std::string key = findings_key(service->config.name, upstream.configured_url);
            auto before = servers_.find(key);
            if (before != servers_.end() && before->second->is_same(*server)) server = before->second;
            server->state->breaker.set_probed(first_pause_.count() > 0);
            note_findings(catalogue, upstream);
            servers.emplace(std::move(key), std::move(server));
        }
    }
    servers_ = std::move(servers);
}

// Findings are old news when the probe has reached a server since: only what changes is taken.
void HealthProbe::note_findings(const Catalogue& catalogue, const Upstream& upstream) {
    std::string key = findings_key(upstream.service->config.name, upstream.configured_url);
    auto found = catalogue.findings().find(key);
    bool unreached = found != catalogue.findings().end() && found->second.asked && !found->second.reachable;
    if (!unreached)
        unreached_.erase(key);
    else if (unreached_.insert(key).second)
        upstream.state->breaker.failed(Breaker::Failure::connection);
}

void HealthProbe::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        bool news = look(Clock::now());
        if (news) {
            lock.unlock();
            is_back_();
            lock.lock();
        }
        if (!stopping_) changed_.wait_for(lock, pulse);
    }
}

// Whether a server is back.
bool HealthProbe::look(Clock::time_point now) {
    bool news = false;
    for (const auto& [key, server] : servers_) {
        if (server->is_back.exchange(false)) {
            logger_.info("service.answered", log::kv("service", server->service),
                         log::kv("url", server->url));
            news = true;
        }
        if (first_pause_.count() == 0 || !server->wants_question(now, first_pause_)) continue;
        server->put_off(now, first_pause_);
        ask(server);
    }
    return news;
}

void HealthProbe::ask(const std::shared_ptr<Watched>& server) {
    server->being_asked = true;
    bool begun = errands_.run([server](const std::stop_token& called_off) {
        if (is_answered(server->question, called_off) && server->state->breaker.answered())
            server->is_back = true;
        server->being_asked = false;
    });
    if (!begun) server->being_asked = false;
}

}  // namespace aihub::serve
