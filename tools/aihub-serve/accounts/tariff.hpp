// What each tier may do and what use costs: the file's `tiers`, `models`, `pricing` and `rate_limits`, made
// ready for the request path. Immutable; a reload makes a new one. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "shared/config/configuration.hpp"

namespace aihub::serve {

// In thousandths of a micro-unit, so that the price of one token is a whole number.
struct Prices {
    std::int64_t input_per_1k = 0;   // tokens
    std::int64_t output_per_1k = 0;  // tokens
    std::int64_t audio_per_minute = 0;
    std::int64_t speech_per_1k = 0;  // characters
};

// What one request used.
struct Quantities {
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;
    std::int64_t audio_ms = 0;
    std::int64_t characters = 0;
};

// In micro-units, rounded to the nearest; never more than 64 bits hold.
std::int64_t cost_of(const Quantities& used, const Prices& prices);

// Nothing: no limit.
struct Allowance {
    std::optional<std::int64_t> requests_per_minute;
    std::optional<std::int64_t> tokens_per_minute;
    std::optional<std::int64_t> max_concurrent;

    bool any() const { return requests_per_minute || tokens_per_minute || max_concurrent; }
};

struct Tier {
    std::string name;
    Allowance allowance;
    bool unlimited = false;  // no limit counts, also none of a user or a model
    bool prepaid = false;    // needs a balance, and pays from it
    unsigned weight = 1;     // share of a full server
    Prices prices;           // of models that have none of their own
};

class Tariff {
public:
    explicit Tariff(const config::Configuration& configuration);

    // One that nobody has described allows five requests a minute, as the older gateway did.
    const Tier& tier(std::string_view name) const;
    // What the model says comes first, then the tier, then `pricing`.
    Prices prices(const Tier& tier, std::string_view model) const;
    // What each user may use of that model, beside the tier's; null: nothing said.
    const Allowance* allowance_of_model(std::string_view model) const;
    bool limits_models() const { return !model_allowances_.empty(); }
    // Whether anything is said of a model under that name.
    bool names(std::string_view model) const;
    bool names_models() const { return !model_prices_.empty(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    template <typename T>
    using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    // As in Prices; nothing: not said.
    struct OwnPrices {
        std::optional<std::int64_t> input_per_1k;
        std::optional<std::int64_t> output_per_1k;
        std::optional<std::int64_t> audio_per_minute;
        std::optional<std::int64_t> speech_per_1k;
    };

    static OwnPrices own_prices(const config::PriceConfig& config);
    static Prices over(const Prices& common, const OwnPrices& own);
    void add(const config::TierConfig& tier);

    Tier unknown_;
    ByName<Tier> tiers_;
    ByName<OwnPrices> model_prices_;
    ByName<Allowance> model_allowances_;
};

}  // namespace aihub::serve
