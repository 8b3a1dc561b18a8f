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
#include "tools/aihub-serve/services/model_space.hpp"
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

// What outlives the catalogues.
struct Survivors {
    std::map<std::string, std::shared_ptr<UpstreamState>> states;  // by findings_key
    Turns turns;
};

class Catalogue {
public:
    Catalogue(const config::Configuration& configuration, const FindingsByUrl& findings,
              Survivors& survivors);
    Catalogue(const Catalogue&) = delete;

    const std::vector<std::unique_ptr<Service>>& services() const { return services_; }
    const FindingsByUrl& findings() const { return findings_; }
    // What discovery learnt of this server; nothing asked when it is not asked at all.
    const Findings& findings_of(const Upstream& upstream) const;
    // As far as is known; a server whose models are configured is not asked, but believed in.
    bool is_answering(const Upstream& upstream) const;
    // The service whose prefix the path begins with ("/ollama" or "/ollama/…").
    const Service* by_prefix(std::string_view path) const;
    // All servers of a kind, in the order of the configuration.
    std::vector<const Upstream*> of_kind(config::ServiceKind kind) const;

    const ModelSpace& models() const { return models_; }
    Resolved resolve(std::string_view name) const { return models_.resolve(name); }
    const ModelEntry* able(Ability ability) const { return models_.able(ability); }
    const std::vector<const ModelEntry*>& entries() const { return models_.entries(); }

    // Ready replies: OpenAI's list, Ollama's list; and one model of the former, empty when there is none.
    const std::string& openai_list() const { return openai_list_; }
    const std::string& ollama_list() const { return ollama_list_; }
    std::string openai_model(std::string_view id) const;
    std::size_t model_count() const { return models_.entries().size(); }

private:
    void add_service(const config::ServiceConfig& config,
                     std::map<std::string, std::shared_ptr<UpstreamState>>& states);
    void add_models();
    void add_models_of(const Upstream& upstream);

    std::vector<std::unique_ptr<Service>> services_;
    FindingsByUrl findings_;
    ModelSpace models_;
    std::string openai_list_;
    std::string ollama_list_;
};

}  // namespace aihub::serve
