#include "tools/aihub-serve/services/survey.hpp"

#include <chrono>
#include <optional>

namespace aihub::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds patience{3000};
constexpr Milliseconds freshness{1000};
constexpr std::size_t largest_answer = 1024 * 1024;

std::string key_of(const std::string& path, const std::vector<http::ClientRequest>& servers) {
    std::string key = path;
    for (const http::ClientRequest& server : servers) key += " " + server.base.text();
    return key;
}

}  // namespace

// One question on its way; outlives the survey with the threads that are left behind.
class Survey::Round {
public:
    Round(Question question, std::size_t servers)
        : question_(std::move(question)), bodies_(servers), missing_(servers) {}

    const std::string& path() const { return question_.path; }
    bool is_stale() const;
    net::Task<void> wait(net::Loop& loop) { return concluded_.wait(loop); }
    void take(std::size_t server, const Result<http::ClientReply>& reply);
    // Until enough has come, time is over, or it is called off; then everybody is told.
    void gather(const std::stop_token& called_off);
    void conclude();
    const std::string& answer() const { return answer_; }  // once concluded

private:
    bool is_enough() const { return missing_ == 0 || (good_ > 0 && question_.until == Until::first); }

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    Question question_;
    std::vector<std::optional<std::string>> bodies_;
    std::size_t missing_;
    std::size_t good_ = 0;
    std::string answer_;
    std::optional<Clock::time_point> concluded_at_;
    Conclusion concluded_;
};

bool Survey::Round::is_stale() const {
    std::lock_guard lock(mutex_);
    return concluded_at_ && Clock::now() - *concluded_at_ > freshness;
}

void Survey::Round::take(std::size_t server, const Result<http::ClientReply>& reply) {
    std::lock_guard lock(mutex_);
    --missing_;
    if (reply && reply->status == 200) {
        bodies_[server] = reply->body;
        ++good_;
    }
    changed_.notify_all();
}

void Survey::Round::gather(const std::stop_token& called_off) {
    {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, called_off, Clock::now() + patience, [this] { return is_enough(); });
    }
    conclude();
}

void Survey::Round::conclude() {
    std::vector<std::string> bodies;
    {
        std::lock_guard lock(mutex_);
        for (const auto& body : bodies_)
            if (body) bodies.push_back(*body);
    }
    std::string answer = question_.summarise(bodies);
    {
        std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
        concluded_at_ = Clock::now();
    }
    concluded_.conclude();
}

net::Task<std::string> Survey::ask(net::Loop& loop, Question question,
                                   std::vector<http::ClientRequest> servers) {
    std::shared_ptr<Round> round = join_round(question, std::move(servers));
    co_await round->wait(loop);
    co_return round->answer();
}

std::shared_ptr<Survey::Round> Survey::join_round(const Question& question,
                                                  std::vector<http::ClientRequest> servers) {
    std::lock_guard lock(mutex_);
    std::erase_if(rounds_, [](const auto& entry) { return entry.second->is_stale(); });
    std::shared_ptr<Round>& round = rounds_[key_of(question.path, servers)];
    if (!round) {
        round = std::make_shared<Round>(question, servers.size());
        begin(round, std::move(servers));
    }
    return round;
}

void Survey::begin(const std::shared_ptr<Round>& round, std::vector<http::ClientRequest> servers) {
    for (std::size_t i = 0; i < servers.size(); ++i) {
        http::ClientRequest& request = servers[i];
        request.path = round->path();
        request.timeout = patience;
        request.largest_reply = largest_answer;
        bool begun = errands_.run([round, i, request](std::stop_token called_off) mutable {
            request.called_off = std::move(called_off);
            round->take(i, http::get(request));
        });
        if (!begun) round->take(i, Error(ErrorCode::unavailable, "no thread can be started"));
    }
    if (!errands_.run([round](const std::stop_token& called_off) { round->gather(called_off); }))
        round->conclude();
}

void Survey::stop() {
    errands_.stop();
}

}  // namespace aihub::serve
