#include "tools/aihub-serve/pipeline/meter.hpp"

#include <algorithm>
#include <limits>

#include "shared/base/clock.hpp"
#include "tools/aihub-serve/net/loop.hpp"
#include "tools/aihub-serve/pipeline/tariff_name.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t longest_path = 100;

std::int64_t bounded(std::optional<std::uint64_t> count) {
    constexpr std::uint64_t most =
        1'000'000'000'000;  // no model has counted further: a server that says so is wrong
    return static_cast<std::int64_t>(std::min(count.value_or(0), most));
}

// A server began to answer, and not with an error.
bool was_served(const Exchange& x) {
    return x.upstream_status >= 200 && x.upstream_status < 300 && x.answering;
}

const Tier& tier_of(const Exchange& x) {
    return x.terms ? *x.terms->tier : x.policy().tariff.tier("admin");
}

Metered measure(Exchange& x) {
    Metered metered;
    TokenCounts counts = x.usage.counts();
    metered.used.tokens_in = bounded(counts.in);
    metered.used.tokens_out = bounded(counts.out);
    const SoundUse& sound = x.usage.sound();
    metered.used.audio_ms = sound.audio_ms;
    metered.used.characters = sound.characters;
    metered.estimated = counts.estimated || sound.estimated;
    const Tier& tier = tier_of(x);
    const Tariff& tariff = x.policy().tariff;
    Prices prices = tariff.names_models() ? tariff.prices(tier, tariff_name(x, x.served_model)) : tier.prices;
    metered.cost_micro = std::min(cost_of(metered.used, prices), db::most_of_a_row);
    metered.charged = tier.prepaid && x.caller && x.caller->user_id > 0;
    metered.id = x.worker.usage_ids.next(x.ended_ms);
    return metered;
}

}  // namespace

void meter(Exchange& x) {
    bool served = x.upstream_status > 0;
    if (x.is_inference && was_served(x)) {
        x.metered = measure(x);
        if (x.terms && x.metered->cost_micro > 0)  // also what no budget asks for: the key may get one later
            x.terms->state->owe(x.terms->key_state, x.metered->cost_micro, x.metered->charged);
    }
    if (!x.claim.state) return;
    std::int64_t tokens = x.metered ? x.metered->used.tokens_in + x.metered->used.tokens_out : 0;
    x.claim.state->finish(x.claim, served, tokens, x.ended_ns / 1'000'000);
    x.claim = {};
}

db::Usage usage_row(const Exchange& x) {
    const Metered& metered = *x.metered;
    db::Usage row;
    row.id = metered.id;
    row.texts = {x.request_id, x.caller ? std::string_view(x.caller->user) : "anonymous", x.model,
                 x.service ? std::string_view(x.service->config.name) : "",
                 x.request.path.substr(0, longest_path)};
    row.at_ms = x.ended_ms;
    row.user_id = x.caller ? x.caller->user_id : 0;
    row.key_row = x.caller ? x.caller->key_row : 0;
    row.status = x.status;
    row.tokens_in = metered.used.tokens_in;
    row.tokens_out = metered.used.tokens_out;
    row.audio_ms = metered.used.audio_ms;
    row.characters = metered.used.characters;
    row.estimated = metered.estimated;
    row.cost_micro = metered.cost_micro;
    row.charged = metered.charged;
    row.latency_ms = (x.ended_ns - x.started_ns) / 1'000'000;
    if (x.first_byte_ns > 0) row.ttft_ms = (x.first_byte_ns - x.started_ns) / 1'000'000;
    return row;
}

}  // namespace aihub::serve
