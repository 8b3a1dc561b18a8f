// Finds out which models the services have, by asking them in rounds: at start, on a timer, and when somebody
// wants a model that nobody seems to have. Every answer is reported as it comes, a server is asked one
// question at a time, and a round ends after the timeout whoever has not answered: a server that hangs keeps
// nobody waiting but itself.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "shared/log/log.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/detail_questions.hpp"
#include "tools/aihub-serve/services/errands.hpp"

namespace aihub::serve {

class Discovery {
public:
    // `report` is called on our thread when answers have come or rounds have ended; `rounds_ended` counts
    // those.
    using Report = std::function<void(const FindingsByUrl& findings, std::uint64_t rounds_ended)>;

    Discovery(log::Logger& logger, Report report);
    ~Discovery();

    void start();
    void stop();
    // A round that has yet to begin; once that many have ended, every server has answered a question that was
    // put after this call, or took too long. Any thread; does not wait.
    std::uint64_t ask_now();
    // Another configuration: asked at once; what was known of servers that stay is kept. Interval 0: never on
    // a timer; timeout 0: the longest there is. Any thread.
    void configure(std::vector<config::ServiceConfig> services, Milliseconds interval, Milliseconds timeout);

private:
    using Clock = std::chrono::steady_clock;

    struct Answer {
        std::string key;
        std::uint64_t round;
        Findings findings;
    };
    // What others put here for our thread. Outlives us with the questions that are left behind.
    struct Inbox {
        std::mutex mutex;
        std::condition_variable changed;
        std::vector<Answer> answers;
        std::vector<DetailAnswer> details;

        void deliver(Answer answer);
        void deliver(DetailAnswer answer);
    };
    struct Server {
        config::ServiceConfig service;
        std::string url;
        std::uint64_t asked = 0;     // the last round for which it was asked
        std::uint64_t answered = 0;  // and for which it answered
        Clock::time_point listed{};  // its last list came

        bool is_being_asked() const { return asked != answered; }
    };
    struct Round {
        std::uint64_t number;
        Clock::time_point deadline;
    };

    void run();
    Clock::time_point next_start() const;
    Clock::time_point next_moment() const;
    void begin_round();
    void list_servers();
    void ask_idle_servers();
    void ask(const std::string& key, Server& server);
    void ask_for_more();
    bool take(Answer answer);
    bool take(std::vector<DetailAnswer> details);
    void note_models(const std::string& key, Server& server, std::vector<ListedModel>& models);
    void note(const Server& server, const Findings& known, const Findings& fresh);
    bool end_rounds();
    bool all_answered(std::uint64_t round) const;

    log::Logger& logger_;
    Report report_;
    std::thread thread_;
    Errands errands_;

    std::shared_ptr<Inbox> inbox_;
    // Under the inbox's mutex.
    std::vector<config::ServiceConfig> services_;
    Milliseconds interval_{30'000};
    Milliseconds timeout_{5'000};
    std::uint64_t begun_ = 0;
    bool wanted_ = true;
    bool stopping_ = false;

    // Our thread's own.
    std::map<std::string, Server> servers_;  // by findings_key
    FindingsByUrl findings_;
    DetailQuestions questions_;
    std::deque<Round> open_;
    std::uint64_t ended_ = 0;
    Milliseconds round_timeout_{0};
    Clock::time_point last_start_{};
};

// One server's list of models; findings.trouble says why when there is none. Blocks, `timeout` at most.
Findings ask_for_models(const config::ServiceConfig& service, const std::string& url, Milliseconds timeout,
                        std::stop_token called_off = {});

}  // namespace aihub::serve
