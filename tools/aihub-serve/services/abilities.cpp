#include "tools/aihub-serve/services/abilities.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "shared/http/client.hpp"
#include "tools/aihub-serve/services/conclusion.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using translate::Api;

constexpr Milliseconds patience{3000};
constexpr Milliseconds rest{10'000};  // of a server that was asked in vain
constexpr std::size_t largest_answer = 256 * 1024;

// The words of a service's `apis` that stand for an API. `chat` brings embeddings along.
std::vector<std::string_view> words_for(Api api) {
    if (is_ollama(api)) return {"ollama"};
    switch (api) {
        case Api::messages:
            return {"messages"};
        case Api::responses:
            return {"responses"};
        case Api::completions:
            return {"completions"};
        case Api::embeddings:
            return {"embeddings", "chat"};
        default:
            return {"chat"};
    }
}

bool is_listed(const std::vector<std::string>& apis, Api api) {
    std::vector<std::string_view> words = words_for(api);
    return std::any_of(apis.begin(), apis.end(), [&](const std::string& listed) {
        return std::find(words.begin(), words.end(), listed) != words.end();
    });
}

// Newer ones of these kinds speak them, older ones do not; and what is said to be Ollama may be a program
// that has only Ollama's own API.
bool must_be_asked(Api api) {
    return api == Api::messages || api == Api::responses;
}

std::optional<bool> known_by_kind(ServiceKind kind, Api api) {
    if (kind != ServiceKind::openai && kind != ServiceKind::ollama) return false;
    if (kind == ServiceKind::ollama && is_ollama(api)) return true;
    if (kind == ServiceKind::ollama || must_be_asked(api)) return std::nullopt;
    return !is_ollama(api);
}

std::atomic<ApiAnswer>& remembered(const Upstream& upstream, Api api) {
    return upstream.state->apis.at(static_cast<std::size_t>(api));
}

// LM Studio says 200 to paths that it does not have, and an error in the body.
bool is_an_error(const std::string& body) {
    auto document = nlohmann::json::parse(body, nullptr, false);
    return document.is_object() && document.contains("error");
}

// Ollama and vLLM say 404 also of a model that they have not, such as the one that nobody named.
bool misses_a_model(const std::string& body) {
    return nlohmann::json::accept(body) && body.find("model") != std::string::npos;
}

// What a reply to an empty object says; nothing when the server is not itself at the moment.
std::optional<bool> judge(const Result<http::ClientReply>& reply) {
    if (!reply) return std::nullopt;
    int status = reply->status;
    if (status == 404 && misses_a_model(reply->body)) return true;
    if (status == 404 || status == 405 || status == 501) return false;
    if (status == 200) return !is_an_error(reply->body);
    if (status == 429 || (status >= 502 && status <= 504)) return std::nullopt;
    return true;
}

http::ClientRequest request_to(const Upstream& upstream, Api api) {
    http::ClientRequest request;
    request.base = upstream.target.url;
    request.path = path_of(api);
    request.bearer = upstream.service->config.key;
    request.verify_tls = upstream.target.verify_tls;
    request.timeout = patience;
    request.largest_reply = largest_answer;
    return request;
}

}  // namespace

std::optional<bool> known_to_speak(const Upstream& upstream, Api api) {
    const config::ServiceConfig& service = upstream.service->config;
    if (!service.apis.empty()) return is_listed(service.apis, api);
    if (std::optional<bool> known = known_by_kind(service.kind, api)) return known;
    ApiAnswer answer = remembered(upstream, api).load(std::memory_order_relaxed);
    const Breaker& breaker = upstream.state->breaker;
    // While it is down nobody could ask again: what it said before is as good as anything.
    bool holds = answer.openings == breaker.openings() || breaker.state() == Breaker::State::open;
    return answer.known && holds ? std::optional(answer.yes) : std::nullopt;
}

// One on its way; outlives us with a thread that is left behind.
class ApiAbilities::Question {
public:
    explicit Question(std::shared_ptr<UpstreamState> state) : state_(std::move(state)) {}

    // It is over, and the next one may be put. After one in vain that takes a while, and for a server that is
    // down as long as it is: each time, somebody waits for the answer.
    bool is_spent() const {
        std::lock_guard lock(mutex_);
        bool is_down = state_->breaker.state() == Breaker::State::open;
        bool rests = in_vain_ && (is_down || net::steady_ms() < over_at_ + rest.count());
        return over_ && !rests;
    }
    net::Task<void> wait(net::Loop& loop) { return concluded_.wait(loop); }
    // `answered`: the server has said yes or no.
    void conclude(bool answered) {
        {
            std::lock_guard lock(mutex_);
            if (over_) return;
            over_ = true;
            over_at_ = net::steady_ms();
            in_vain_ = !answered;
        }
        concluded_.conclude();
    }

private:
    const std::shared_ptr<UpstreamState> state_;
    mutable std::mutex mutex_;
    bool over_ = false;
    bool in_vain_ = false;
    std::int64_t over_at_ = 0;  // steady ms
    Conclusion concluded_;
};

net::Task<void> ApiAbilities::ask(net::Loop& loop, std::vector<ApiQuestion> asked) {
    std::vector<std::shared_ptr<Question>> questions;
    for (const auto& [upstream, api] : asked)
        if (!known_to_speak(*upstream, api)) questions.push_back(join_question(*upstream, api));
    for (const std::shared_ptr<Question>& question : questions) co_await question->wait(loop);
}

std::shared_ptr<ApiAbilities::Question> ApiAbilities::join_question(const Upstream& upstream, Api api) {
    std::lock_guard lock(mutex_);
    std::erase_if(questions_, [](const auto& entry) { return entry.second->is_spent(); });
    std::shared_ptr<Question>& question = questions_[{upstream.state.get(), api}];
    if (!question) {
        question = std::make_shared<Question>(upstream.state);
        put(question, upstream, api);
    }
    return question;
}

void ApiAbilities::put(const std::shared_ptr<Question>& question, const Upstream& upstream, Api api) {
    auto work = [question, state = upstream.state, api, openings = upstream.state->breaker.openings(),
                 request = request_to(upstream, api)](std::stop_token called_off) mutable {
        request.called_off = std::move(called_off);
        std::optional<bool> yes = judge(http::post_json(request, "{}"));
        if (yes) state->apis.at(static_cast<std::size_t>(api)) = ApiAnswer{true, *yes, openings};
        question->conclude(yes.has_value());
    };
    if (!errands_.run(std::move(work))) question->conclude(false);
}

void ApiAbilities::stop() {
    {
        std::lock_guard lock(mutex_);
        for (const auto& [key, question] : questions_) question->conclude(false);
    }
    errands_.stop();
}

}  // namespace aihub::serve
