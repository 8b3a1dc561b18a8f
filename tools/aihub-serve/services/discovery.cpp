#include "tools/aihub-serve/services/discovery.hpp"

#include <chrono>
#include <future>
#include <nlohmann/json.hpp>

#include "shared/http/client.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using Json = nlohmann::json;

constexpr std::chrono::milliseconds shortest_interval{500};

bool is_asked(const config::ServiceConfig& service) {
    bool has_list = service.kind != ServiceKind::plain && service.kind != ServiceKind::openwebui;
    return has_list && service.models.empty();
}

std::string text_of(const Json& object, const char* name) {
    auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// The array `name` of the object in `body`.
std::optional<Json> array_in(const std::string& body, const char* name) {
    Json json = Json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains(name) || !json[name].is_array()) return std::nullopt;
    return json[name];
}

}  // namespace

std::optional<std::vector<ListedModel>> parse_ollama_tags(const std::string& body) {
    std::optional<Json> entries = array_in(body, "models");
    if (!entries) return std::nullopt;
    std::vector<ListedModel> models;
    for (const Json& entry : *entries) {
        if (!entry.is_object()) continue;
        std::string name = text_of(entry, "name");
        if (name.empty()) name = text_of(entry, "model");
        if (name.empty()) continue;
        models.push_back({name, 0, "library", entry.dump(-1, ' ', false, Json::error_handler_t::replace)});
    }
    return models;
}

std::optional<std::vector<ListedModel>> parse_openai_models(const std::string& body) {
    std::optional<Json> entries = array_in(body, "data");
    if (!entries) return std::nullopt;
    std::vector<ListedModel> models;
    for (const Json& entry : *entries) {
        std::string id = entry.is_object() ? text_of(entry, "id") : std::string();
        if (id.empty()) continue;
        std::int64_t created = entry.contains("created") && entry["created"].is_number_integer()
                                   ? entry["created"].get<std::int64_t>()
                                   : 0;
        std::string owner = text_of(entry, "owned_by");
        models.push_back({id, created, owner.empty() ? "local" : owner, {}});
    }
    return models;
}

Findings ask_for_models(const config::ServiceConfig& service, const std::string& url, Milliseconds timeout) {
    Findings findings;
    findings.asked = true;
    Result<http::Url> base = http::parse_url(url);
    if (!base) return findings;
    bool ollama = service.kind == ServiceKind::ollama;
    http::ClientRequest request;
    request.base = *base;
    if (request.base.path.ends_with("/v1")) request.base.path.resize(request.base.path.size() - 3);
    request.path = ollama ? "/api/tags" : "/v1/models";
    request.bearer = service.key;
    request.timeout = timeout;
    request.verify_tls = service.verify_tls;
    Result<http::ClientReply> reply = http::get(request);
    if (!reply) {
        findings.trouble = reply.error().message;
        return findings;
    }
    findings.reachable = true;
    std::optional<std::vector<ListedModel>> models =
        ollama ? parse_ollama_tags(reply->body) : parse_openai_models(reply->body);
    if (reply->status != 200 || !models)
        findings.trouble = request.base.text() + request.path + " answered " + std::to_string(reply->status) +
                           " and no list of models";
    else
        findings.models = std::move(*models);
    return findings;
}

Discovery::Discovery(log::Logger& logger, Report report) : logger_(logger), report_(std::move(report)) {}

Discovery::~Discovery() {
    stop();
}

void Discovery::start() {
    thread_ = std::thread([this] { run(); });
}

void Discovery::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void Discovery::ask_now() {
    {
        std::lock_guard lock(mutex_);
        wanted_ = true;
    }
    changed_.notify_all();
}

void Discovery::configure(std::vector<config::ServiceConfig> services, Milliseconds interval,
                          Milliseconds timeout) {
    {
        std::lock_guard lock(mutex_);
        services_ = std::move(services);
        interval_ = interval;
        timeout_ = timeout;
        wanted_ = true;
    }
    changed_.notify_all();
}

void Discovery::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        changed_.wait_for(lock, interval_, [this] { return wanted_ || stopping_; });
        if (stopping_) return;
        wanted_ = false;
        lock.unlock();
        round();
        lock.lock();
        changed_.wait_for(lock, shortest_interval,
                          [this] { return stopping_; });  // a flood of misses is no flood of questions
    }
}

void Discovery::round() {
    std::vector<std::future<void>> asked;
    for (Question& question : questions()) {
        asked.push_back(std::async(std::launch::async, [this, question = std::move(question)] {
            answer(question, ask_for_models(question.service, question.url, timeout_));
        }));
    }
    for (std::future<void>& one : asked) one.wait();
    std::lock_guard lock(mutex_);
    report_(findings_, true);
}

std::vector<Discovery::Question> Discovery::questions() {
    std::lock_guard lock(mutex_);
    std::vector<Question> list;
    for (const config::ServiceConfig& service : services_) {
        if (!is_asked(service)) continue;
        for (const std::string& url : service.urls)
            list.push_back({findings_key(service.name, url), service, url});
    }
    return list;
}

void Discovery::answer(const Question& question, Findings findings) {
    std::lock_guard lock(mutex_);
    Findings& known = findings_[question.key];
    bool news = !known.asked || known.reachable != findings.reachable ||
                known.models.size() != findings.models.size();
    if (news && findings.trouble.empty())
        logger_.info("service.listed", log::kv("service", question.service.name),
                     log::kv("url", question.url), log::kv("models", findings.models.size()));
    else if (news)
        logger_.info("service.unlisted", log::kv("service", question.service.name),
                     log::kv("reason", findings.trouble));
    known = std::move(findings);
    report_(findings_, false);
}

}  // namespace aihub::serve
