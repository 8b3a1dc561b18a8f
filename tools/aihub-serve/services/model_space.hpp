// All models of all services as one space: one entry a model, whoever has it, under its own name, as
// service/name, and under the names that the configuration gives it. Part of a catalogue: immutable once
// built, any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/config/configuration.hpp"
#include "tools/aihub-serve/services/capabilities.hpp"
#include "tools/aihub-serve/services/model_details.hpp"

namespace aihub::serve {

struct Service;
struct Upstream;

// Round robin's counters, by model; they outlive the catalogues.
using Turn = std::shared_ptr<std::atomic<std::uint64_t>>;
using Turns = std::map<std::string, Turn>;

struct Placement {
    const Upstream* upstream;
    std::string id;             // the model as this server calls it
    Capabilities capabilities;  // as it runs there
};

struct ModelEntry {
    std::string name;                   // as lists show it; `name` and `name:latest` are one
    Capabilities capabilities;          // of all placements together; the shortest context
    std::vector<Placement> placements;  // in the order of the configuration
    std::vector<std::string> fallbacks;
    Turn turn;
    ListedModel listed;  // by the first that has it
};

struct Resolved {
    const ModelEntry* entry = nullptr;
    const Service* only = nullptr;  // named as service/name: no other may answer
    std::string reason;             // "alias fast" or empty
};

// An alias whose target is there, and no model has its name.
struct LivingAlias {
    std::string name;
    std::string target;
    const ModelEntry* entry;
};

class ModelSpace {
public:
    void add(const Upstream& upstream, const ListedModel& model);
    // After the last model: what the configuration says of them, and the counters.
    void finish(const config::Configuration& configuration, Turns& turns);

    // By a model's name, else service/name, else an alias: the first of its targets that is there.
    Resolved resolve(std::string_view name) const;
    // The first model that has the ability, in the order of services and their lists; one that is loaded
    // comes before those that are not. For text, vision and audio one that chats.
    const ModelEntry* able(Ability ability) const;
    // All of those, the best first.
    const std::vector<const ModelEntry*>& all_able(Ability ability) const;
    // In the order of services and their lists.
    const std::vector<const ModelEntry*>& entries() const { return order_; }
    const ModelEntry* find(std::string_view name) const;
    std::vector<LivingAlias> aliases() const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template <typename Value>
    using ByName = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

    Resolved resolve(std::string_view name, int depth) const;
    Resolved at_service(std::string_view name) const;
    Resolved stand_in(std::string_view name, int depth) const;
    void describe(ModelEntry& entry);
    void rank();

    ByName<std::unique_ptr<ModelEntry>> index_;  // by name without `:latest`
    std::vector<const ModelEntry*> order_;
    std::map<std::string, config::ModelAlias, std::less<>> aliases_;
    std::map<std::string, config::ModelConfig, std::less<>> said_;  // by name without `:latest`
    std::array<std::vector<const ModelEntry*>, std::size(all_abilities)> able_;
};

}  // namespace aihub::serve
