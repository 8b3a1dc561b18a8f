// What is asked of servers beyond their lists, and the memory of the answers: Ollama once for each digest,
// llama.cpp once for each model it runs, LM Studio with each of its lists. Owned by discovery, on its thread;
// a question that nobody answers is no trouble and is put again with the next list.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/units.hpp"
#include "shared/config/configuration.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/model_details.hpp"

namespace aihub::serve {

struct DetailQuestion {
    std::string key;  // one of a kind among those that wait or are under way
    std::string server;
    config::ServiceConfig service;
    std::string url;
    ListSource source;
    std::string model;
};

struct DetailAnswer {
    std::string question;                                       // its key
    std::vector<std::pair<std::string, ModelDetails>> details;  // by the key of the memory
};

// Blocks, `timeout` at most.
DetailAnswer ask_for_details(const DetailQuestion& question, Milliseconds timeout,
                             std::stop_token called_off);

class DetailQuestions {
public:
    // What is remembered of these models of a server is added to them.
    void add_known(const std::string& server, std::vector<ListedModel>& models) const;
    // What is not remembered will be asked.
    void wonder(const std::string& server, const config::ServiceConfig& service, const std::string& url,
                const std::vector<ListedModel>& models);
    // The next question, unless enough are under way.
    std::optional<DetailQuestion> next();
    void take(DetailAnswer answer);
    // It did not answer: what runs there next may be another model under the same name.
    void forget(const std::string& server);
    // What none of these models needs is forgotten.
    void keep_only(const FindingsByUrl& findings);

private:
    std::map<std::string, ModelDetails> memory_;
    std::deque<DetailQuestion> waiting_;
    std::set<std::string> open_;  // waiting or under way
    std::size_t under_way_ = 0;
};

}  // namespace aihub::serve
