// The services and the models they have: an immutable picture that every loop reads without a lock. A new one
// is made when configuration or discovery changes it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/config/configuration.hpp"
#include "tools/aihub-serve/net/upstream_pool.hpp"
#include "tools/aihub-serve/services/upstream_state.hpp"

namespace aihub::serve {

struct Service;

// One server of a service: a URL.
struct Upstream {
    const Service* service = nullptr;
    std::string configured_url;
    net::Target target;
    unsigned weight = 1;
    std::shared_ptr<UpstreamState> state;
};

struct Service {
    config::ServiceConfig config;
    std::string prefix;  // "/ollama"
    std::vector<Upstream> upstreams;
};

// A model as a server's own list describes it.
struct ListedModel {
    std::string id;
    std::int64_t created = 0;  // Unix seconds; 0: the server does not say
    std::string owner;
    std::string ollama_entry;  // its object in Ollama's /api/tags, as JSON; empty elsewhere

    bool operator==(const ListedModel&) const = default;
};

// What discovery learnt of one upstream.
struct Findings {
    bool asked = false;  // an answer, good or bad, has come
    bool reachable = false;
    std::string trouble;              // why there is no list, for people
    std::vector<ListedModel> models;  // with trouble: those of its last list, for some minutes

    bool operator==(const Findings&) const = default;
};

using FindingsByUrl = std::map<std::string, Findings>;  // by service name + " " + URL
std::string findings_key(const std::string& service, const std::string& url);

class Catalogue {
public:
    // `states` keeps the moment-to-moment state of servers that stay.
    Catalogue(const std::vector<config::ServiceConfig>& services, const FindingsByUrl& findings,
              std::map<std::string, std::shared_ptr<UpstreamState>>& states);
    Catalogue(const Catalogue&) = delete;

    const std::vector<std::unique_ptr<Service>>& services() const { return services_; }
    const FindingsByUrl& findings() const { return findings_; }
    // The service whose prefix the path begins with ("/ollama" or "/ollama/…").
    const Service* by_prefix(std::string_view path) const;
    // The servers that have the model; `name` and `name:latest` are one. Empty when nobody has it.
    const std::vector<const Upstream*>& having(std::string_view model) const;
    // All servers of a kind, in the order of the configuration.
    std::vector<const Upstream*> of_kind(config::ServiceKind kind) const;

    // Ready replies: OpenAI's list, Ollama's list; and one model of the former, empty when there is none.
    const std::string& openai_list() const { return openai_list_; }
    const std::string& ollama_list() const { return ollama_list_; }
    std::string openai_model(std::string_view id) const;
    std::size_t model_count() const { return listed_.size(); }

private:
    struct Entry {
        ListedModel model;
        std::vector<const Upstream*> upstreams;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    void add_service(const config::ServiceConfig& config,
                     std::map<std::string, std::shared_ptr<UpstreamState>>& states);
    void add_models();
    void add_model(const ListedModel& model, const Upstream& upstream);
    void write_lists();
    const Entry* find(std::string_view model) const;

    std::vector<std::unique_ptr<Service>> services_;
    FindingsByUrl findings_;
    std::map<std::string, ListedModel>
        listed_;  // by the name that the server gives; ordered: lists come out sorted
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> index_;  // by name without `:latest`
    std::string openai_list_;
    std::string ollama_list_;
};

}  // namespace aihub::serve
