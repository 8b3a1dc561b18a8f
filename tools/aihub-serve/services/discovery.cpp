#include "tools/aihub-serve/services/discovery.hpp"

#include <utility>

#include "shared/http/client.hpp"
#include "tools/aihub-serve/services/model_lists.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;

constexpr Milliseconds shortest_interval{500};  // a flood of misses is no flood of questions
constexpr Milliseconds longest_interval = std::chrono::hours(24 * 365);
constexpr Milliseconds longest_timeout{60'000};
constexpr Milliseconds grace{
    250};  // for answers that come with the timeout, and for those that say it passed
// For so long the last list of a server counts that does not give another one: it may be busy, not gone.
constexpr std::chrono::minutes memory{5};

bool is_asked(const config::ServiceConfig& service) {
    bool has_list = service.kind != ServiceKind::plain && service.kind != ServiceKind::openwebui;
    return has_list && service.models.empty();
}

http::ClientRequest list_request(const config::ServiceConfig& service, const http::Url& base) {
    http::ClientRequest request;
    request.base = base;
    if (request.base.path.ends_with("/v1")) request.base.path.resize(request.base.path.size() - 3);
    request.path = service.kind == ServiceKind::ollama ? "/api/tags" : "/v1/models";
    request.bearer = service.key;
    request.verify_tls = service.verify_tls;
    return request;
}

Findings in_trouble(std::string trouble) {
    Findings findings;
    findings.asked = true;
    findings.trouble = std::move(trouble);
    return findings;
}

}  // namespace

Findings ask_for_models(const config::ServiceConfig& service, const std::string& url, Milliseconds timeout,
                        std::stop_token called_off) {
    Result<http::Url> base = http::parse_url(url);
    if (!base) return in_trouble(base.error().message);
    http::ClientRequest request = list_request(service, *base);
    request.timeout = timeout;
    request.called_off = std::move(called_off);
    Result<http::ClientReply> reply = http::get(request);
    if (!reply) return in_trouble(reply.error().message);
    std::optional<std::vector<ListedModel>> models = service.kind == ServiceKind::ollama
                                                         ? parse_ollama_tags(reply->body)
                                                         : parse_openai_models(reply->body);
    Findings findings;
    findings.asked = true;
    findings.reachable = true;
    if (reply->status != 200 || !models)
        findings.trouble = request.base.text() + request.path + " answered " + std::to_string(reply->status) +
                           " and no list of models";
    else
        findings.models = std::move(*models);
    return findings;
}

void Discovery::Inbox::deliver(Answer answer) {
    {
        std::lock_guard lock(mutex);
        answers.push_back(std::move(answer));
    }
    changed.notify_all();
}

Discovery::Discovery(log::Logger& logger, Report report)
    : logger_(logger), report_(std::move(report)), inbox_(std::make_shared<Inbox>()) {}

Discovery::~Discovery() {
    stop();
}

void Discovery::start() {
    thread_ = std::thread([this] { run(); });
}

void Discovery::stop() {
    {
        std::lock_guard lock(inbox_->mutex);
        stopping_ = true;
    }
    inbox_->changed.notify_all();
    if (thread_.joinable()) thread_.join();
    errands_.stop();
}

std::uint64_t Discovery::ask_now() {
    std::lock_guard lock(inbox_->mutex);
    wanted_ = true;
    inbox_->changed.notify_all();
    return begun_ + 1;
}

void Discovery::configure(std::vector<config::ServiceConfig> services, Milliseconds interval,
                          Milliseconds timeout) {
    std::lock_guard lock(inbox_->mutex);
    services_ = std::move(services);
    interval_ = std::min(interval, longest_interval);
    timeout_ = timeout.count() > 0 ? std::min(timeout, longest_timeout) : longest_timeout;
    wanted_ = true;
    inbox_->changed.notify_all();
}

// Nothing is logged or reported under the lock: who asks for a round must not wait for that.
void Discovery::run() {
    std::unique_lock lock(inbox_->mutex);
    while (!stopping_) {
        if (Clock::now() >= next_start()) begin_round();
        std::vector<Answer> answers = std::exchange(inbox_->answers, {});
        lock.unlock();
        bool news = false;
        for (Answer& answer : answers) news |= take(std::move(answer));
        ask_idle_servers();
        news |= end_rounds();
        if (news) report_(findings_, ended_);
        lock.lock();
        if (inbox_->answers.empty() && !stopping_) inbox_->changed.wait_until(lock, next_moment());
    }
}

Discovery::Clock::time_point Discovery::next_start() const {
    if (wanted_) return last_start_ + shortest_interval;
    if (interval_.count() == 0) return Clock::time_point::max();
    return last_start_ + std::max(interval_, shortest_interval);
}

Discovery::Clock::time_point Discovery::next_moment() const {
    return open_.empty() ? next_start() : std::min(next_start(), open_.front().deadline);
}

void Discovery::begin_round() {
    wanted_ = false;
    last_start_ = Clock::now();
    round_timeout_ = timeout_;
    open_.push_back({++begun_, last_start_ + round_timeout_ + grace});
    list_servers();
}

void Discovery::list_servers() {
    std::map<std::string, Server> before = std::exchange(servers_, {});
    for (const config::ServiceConfig& service : services_) {
        if (!is_asked(service)) continue;
        for (const std::string& url : service.urls) {
            std::string key = findings_key(service.name, url);
            Server& server = servers_[key] = std::move(before[key]);
            server.service = service;
            server.url = url;
        }
    }
    std::erase_if(findings_, [this](const auto& entry) { return !servers_.contains(entry.first); });
}

// A server that is still busy with the question of a former round gets that of this one afterwards.
void Discovery::ask_idle_servers() {
    for (auto& [key, server] : servers_)
        if (!server.is_being_asked() && server.answered < begun_) ask(key, server);
}

void Discovery::ask(const std::string& key, Server& server) {
    server.asked = begun_;
    auto question = [inbox = inbox_, key, round = begun_, service = server.service, url = server.url,
                     timeout = round_timeout_](std::stop_token called_off) {
        inbox->deliver({key, round, ask_for_models(service, url, timeout, std::move(called_off))});
    };
    if (!errands_.run(std::move(question)))
        inbox_->deliver({key, begun_, in_trouble("no thread can be started to ask it")});
}

// Whether it tells anything new.
bool Discovery::take(Answer answer) {
    auto found = servers_.find(answer.key);
    if (found == servers_.end() || found->second.asked != answer.round) return false;  // removed meanwhile
    Server& server = found->second;
    server.answered = answer.round;
    Findings& known = findings_[answer.key];
    Findings& fresh = answer.findings;
    note(server, known, fresh);
    if (fresh.trouble.empty())
        server.listed = Clock::now();
    else if (Clock::now() - server.listed < memory)
        fresh.models = known.models;
    bool news = fresh != known;
    known = std::move(fresh);
    return news;
}

void Discovery::note(const Server& server, const Findings& known, const Findings& fresh) {
    if (!fresh.trouble.empty() && fresh.trouble != known.trouble)
        logger_.info("service.unlisted", log::kv("service", server.service.name),
                     log::kv("reason", fresh.trouble));
    if (!fresh.trouble.empty()) return;
    if (!known.asked || !known.trouble.empty() || known.models.size() != fresh.models.size())
        logger_.info("service.listed", log::kv("service", server.service.name), log::kv("url", server.url),
                     log::kv("models", fresh.models.size()));
}

// Whether any ended.
bool Discovery::end_rounds() {
    std::uint64_t before = ended_;
    while (!open_.empty() && (all_answered(open_.front().number) || Clock::now() >= open_.front().deadline)) {
        ended_ = open_.front().number;
        open_.pop_front();
    }
    return ended_ != before;
}

bool Discovery::all_answered(std::uint64_t round) const {
    for (const auto& [key, server] : servers_)
        if (server.answered < round) return false;
    return true;
}

}  // namespace aihub::serve
