#include "tools/aihub-serve/accounts/tariff.hpp"

#include <cmath>
#include <limits>

#include "shared/config/builtin_tiers.hpp"
#include "tools/aihub-serve/services/plain_name.hpp"

namespace aihub::serve {
namespace {

__extension__ using Wide = __int128;

std::optional<std::int64_t> thousandths_of_micro(std::optional<double> price) {
    constexpr double scale = 1e9;
    constexpr double most = 9e18;
    if (!price) return std::nullopt;
    return std::llround(std::min(*price * scale, most));
}

}  // namespace

std::int64_t cost_of(const Quantities& used, const Prices& prices) {
    constexpr Wide minute_ms = 60'000;
    Wide by_thousand = Wide(used.tokens_in) * prices.input_per_1k +
                       Wide(used.tokens_out) * prices.output_per_1k +
                       Wide(used.characters) * prices.speech_per_1k;
    Wide audio = Wide(used.audio_ms) * prices.audio_per_minute;
    // One fraction for both, so that nothing is rounded twice: 1/(1000 * 1000) and 1/(60000 * 1000) of a
    // unit.
    Wide denominator = minute_ms * 1000;
    Wide numerator = by_thousand * (minute_ms / 1000) + audio;
    Wide micro = (numerator + denominator / 2) / denominator;
    constexpr Wide most = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(micro > most ? most : micro);
}

Tariff::Tariff(const config::Configuration& configuration) {
    const config::Settings& settings = configuration.settings;
    config::PriceConfig standard;
    standard.input_per_1k = settings.number("pricing.input_per_1k");
    standard.output_per_1k = settings.number("pricing.output_per_1k");
    standard.audio_per_minute = settings.number("pricing.audio_per_minute");
    standard.speech_per_1k_characters = settings.number("pricing.speech_per_1k_characters");
    unknown_.prices = over({}, own_prices(standard));
    unknown_.allowance.requests_per_minute = config::rate_of_unknown_tiers;
    for (const config::TierConfig& tier : config::described_tiers(configuration)) add(tier);
    for (const config::ModelConfig& model : configuration.models) {
        std::string name(plain_name(model.name));
        model_prices_[name] = own_prices(model.prices);
        if (model.requests_per_minute || model.tokens_per_minute)
            model_allowances_[name] = {model.requests_per_minute, model.tokens_per_minute, {}};
    }
}

void Tariff::add(const config::TierConfig& tier) {
    Allowance allowance = {tier.requests_per_minute, tier.tokens_per_minute, tier.max_concurrent};
    tiers_[tier.name] = {tier.name,      allowance,
                         tier.unlimited, tier.prepaid.value_or(false),
                         tier.weight,    over(unknown_.prices, own_prices(tier.prices))};
}

const Tier& Tariff::tier(std::string_view name) const {
    auto found = tiers_.find(name);
    return found == tiers_.end() ? unknown_ : found->second;
}

Tariff::OwnPrices Tariff::own_prices(const config::PriceConfig& config) {
    return {thousandths_of_micro(config.input_per_1k), thousandths_of_micro(config.output_per_1k),
            thousandths_of_micro(config.audio_per_minute),
            thousandths_of_micro(config.speech_per_1k_characters)};
}

Prices Tariff::over(const Prices& common, const OwnPrices& own) {
    return {own.input_per_1k.value_or(common.input_per_1k), own.output_per_1k.value_or(common.output_per_1k),
            own.audio_per_minute.value_or(common.audio_per_minute),
            own.speech_per_1k.value_or(common.speech_per_1k)};
}

Prices Tariff::prices(const Tier& tier, std::string_view model) const {
    auto found = model_prices_.find(plain_name(model));
    return found == model_prices_.end() ? tier.prices : over(tier.prices, found->second);
}

const Allowance* Tariff::allowance_of_model(std::string_view model) const {
    auto found = model_allowances_.find(plain_name(model));
    return found == model_allowances_.end() ? nullptr : &found->second;
}

bool Tariff::names(std::string_view model) const {
    return model_prices_.contains(plain_name(model));
}

}  // namespace aihub::serve
