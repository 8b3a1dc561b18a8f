#include "tools/aihub-serve/services/detail_questions.hpp"

#include <nlohmann/json.hpp>

#include "shared/http/client.hpp"
#include "tools/aihub-serve/services/service_request.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t most_under_way = 4;

// A digest says all; other names are a server's own.
std::string memory_key(const std::string& server, const ListedModel& model) {
    if (model.source == ListSource::ollama) return model.identity;
    return server + "\n" + model.id + "\n" + model.identity;
}

// What one question answers is remembered under one key, but LM Studio's list is about all of its models.
std::string question_key(const std::string& server, const ListedModel& model) {
    return model.source == ListSource::lm_studio ? server + "\n" : memory_key(server, model);
}

bool can_be_asked(const ListedModel& model) {
    return model.source == ListSource::lm_studio ||
           (model.source != ListSource::other && !model.identity.empty());
}

Result<http::ClientReply> put(const DetailQuestion& question, http::ClientRequest request) {
    switch (question.source) {
        case ListSource::ollama:
            request.path = "/api/show";
            return http::post_json(request, nlohmann::json{{"model", question.model}}.dump());
        case ListSource::llama_cpp:
            request.path = "/props";
            return http::get(request);
        default:
            request.path = "/api/v0/models";
            return http::get(request);
    }
}

void read(const DetailQuestion& question, const std::string& body, DetailAnswer& answer) {
    switch (question.source) {
        case ListSource::ollama:
            answer.details.emplace_back(question.key, read_ollama_show(body));
            break;
        case ListSource::llama_cpp:
            answer.details.emplace_back(question.key, read_llama_props(body));
            break;
        default:
            for (auto& [id, details] : read_lm_studio_list(body))
                answer.details.emplace_back(question.key + id + "\n", details);
    }
}

}  // namespace

DetailAnswer ask_for_details(const DetailQuestion& question, Milliseconds timeout,
                             std::stop_token called_off) {
    DetailAnswer answer{question.key, {}};
    Result<http::Url> base = http::parse_url(question.url);
    if (!base) return answer;
    http::ClientRequest request = request_to(question.service, *base);
    request.timeout = timeout;
    request.called_off = std::move(called_off);
    Result<http::ClientReply> reply = put(question, std::move(request));
    // A server that knows no such question has answered it; one that fails may do better next time.
    if (reply && reply->status < 500) read(question, reply->status == 200 ? reply->body : "", answer);
    return answer;
}

void DetailQuestions::add_known(const std::string& server, std::vector<ListedModel>& models) const {
    for (ListedModel& model : models)
        if (auto known = memory_.find(memory_key(server, model)); known != memory_.end())
            add_details(model, known->second);
}

void DetailQuestions::wonder(const std::string& server, const config::ServiceConfig& service,
                             const std::string& url, const std::vector<ListedModel>& models) {
    for (const ListedModel& model : models) {
        // llama.cpp has one answer for all of its models: of several, nobody knows whom it is about.
        if (!can_be_asked(model) || (model.source == ListSource::llama_cpp && models.size() > 1)) continue;
        std::string key = question_key(server, model);
        if (memory_.contains(key) || !open_.insert(key).second) continue;
        waiting_.push_back({std::move(key), server, service, url, model.source, model.id});
    }
}

std::optional<DetailQuestion> DetailQuestions::next() {
    if (waiting_.empty() || under_way_ == most_under_way) return std::nullopt;
    DetailQuestion question = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    return question;
}

void DetailQuestions::take(DetailAnswer answer) {
    --under_way_;
    open_.erase(answer.question);
    for (auto& [key, details] : answer.details) memory_.insert_or_assign(std::move(key), std::move(details));
}

void DetailQuestions::forget(const std::string& server) {
    std::string beginning = server + "\n";
    auto first = memory_.lower_bound(beginning);
    auto last = first;
    while (last != memory_.end() && last->first.starts_with(beginning)) ++last;
    memory_.erase(first, last);
}

void DetailQuestions::keep_only(const FindingsByUrl& findings) {
    std::set<std::string> needed;
    for (const auto& [server, found] : findings)
        for (const ListedModel& model : found.models) needed.insert(memory_key(server, model));
    std::erase_if(memory_, [&](const auto& known) { return !needed.contains(known.first); });
}

}  // namespace aihub::serve
