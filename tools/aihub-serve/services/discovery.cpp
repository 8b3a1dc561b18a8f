#include "tools/aihub-serve/services/discovery.hpp"

#include <utility>

#include "shared/http/client.hpp"
#include "tools/aihub-serve/services/model_lists.hpp"
#include "tools/aihub-serve/services/service_request.hpp"

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
    http::ClientRequest request = request_to(service, *base);
    request.path = service.kind == ServiceKind::ollama ? "/api/tags" : "/v1/models";
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

void Discovery::Inbox::deliver(DetailAnswer answer) {
    {
        std::lock_guard lock(mutex);
        details.push_back(std::move(answer));
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
        std::vector<DetailAnswer> details = std::exchange(inbox_->details, {});
        lock.unlock();
        bool news = false;
        for (Answer& answer : answers) news |= take(std::move(answer));
        if (!details.empty()) news |= take(std::move(details));
        ask_idle_servers();
        ask_for_more();
        news |= end_rounds();
        if (news) report_(findings_, ended_);
        lock.lock();
        if (inbox_->answers.empty() && inbox_->details.empty() && !stopping_)
            inbox_->changed.wait_until(lock, next_moment());
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
    questions_.keep_only(findings_);
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

// Questions beyond the lists: no round waits for their answers.
void Discovery::ask_for_more() {
    while (std::optional<DetailQuestion> question = questions_.next()) {
        auto act = [inbox = inbox_, question = *question,
                    timeout = round_timeout_](std::stop_token called_off) {
            inbox->deliver(ask_for_details(question, timeout, std::move(called_off)));
        };
        if (!errands_.run(std::move(act))) inbox_->deliver(DetailAnswer{question->key, {}});
    }
}

// Whether they tell anything new.
bool Discovery::take(std::vector<DetailAnswer> details) {
    for (DetailAnswer& answer : details) questions_.take(std::move(answer));
    bool news = false;
    for (auto& [key, findings] : findings_) {
        std::vector<ListedModel> models = findings.models;
        questions_.add_known(key, models);
        news |= models != findings.models;
        findings.models = std::move(models);
    }
    return news;
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
    if (!fresh.trouble.empty())
        questions_.forget(answer.key);
    else
        note_models(answer.key, server, fresh.models);
    if (!fresh.trouble.empty() && Clock::now() - server.listed < memory) fresh.models = known.models;
    bool news = fresh != known;
    known = std::move(fresh);
    return news;
}

void Discovery::note_models(const std::string& key, Server& server, std::vector<ListedModel>& models) {
    server.listed = Clock::now();
    questions_.wonder(key, server.service, server.url, models);
    questions_.add_known(key, models);
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
