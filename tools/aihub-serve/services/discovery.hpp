// Finds out which models the services have, by asking them: at start, on a timer, and at once when somebody
// wants a model that nobody seems to have. Runs on threads of its own; every answer is reported as it comes,
// so that a server that hangs keeps nobody waiting but itself.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "shared/log/log.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"

namespace aihub::serve {

class Discovery {
public:
    // `report` is called after each answer and at the end of each round (`round_ended`), on one of our
    // threads.
    using Report = std::function<void(const FindingsByUrl& findings, bool round_ended)>;

    Discovery(log::Logger& logger, Report report);
    ~Discovery();

    void start();
    void stop();
    // A round now, unless one is under way or has just ended. Any thread.
    void ask_now();
    // Another configuration: asked at once; what was known of servers that stay is kept. Any thread.
    void configure(std::vector<config::ServiceConfig> services, Milliseconds interval, Milliseconds timeout);

private:
    struct Question {
        std::string key;
        config::ServiceConfig service;
        std::string url;
    };

    void run();
    void round();
    std::vector<Question> questions();
    void answer(const Question& question, Findings findings);

    log::Logger& logger_;
    Report report_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<config::ServiceConfig> services_;
    Milliseconds interval_{30'000};
    Milliseconds timeout_{5'000};
    FindingsByUrl findings_;
    bool wanted_ = true;
    bool stopping_ = false;
    std::thread thread_;
};

// One server's list of models; findings.trouble says why when there is none.
Findings ask_for_models(const config::ServiceConfig& service, const std::string& url, Milliseconds timeout);

// The models in a reply of Ollama's /api/tags, or of OpenAI's /v1/models; nothing when it is neither.
std::optional<std::vector<ListedModel>> parse_ollama_tags(const std::string& body);
std::optional<std::vector<ListedModel>> parse_openai_models(const std::string& body);

}  // namespace aihub::serve
