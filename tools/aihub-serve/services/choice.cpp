// The order in which servers are tried.
//
// Each candidate is ranked once, since the numbers move while we sort: first a class (down, full, translated,
// priority), in which nothing is weighed against anything; then, among those of one class (a run), a score
// that the strategy gives. The lower comes first.
//
//   least outstanding   (outstanding + 1) / weight. Who is equal goes round by turn.
//   latency             the same times the average time to the first byte.
//   cost                the price; at the same price as least outstanding.
//   round robin         a wheel: in each turn of the wheel every server has as many places as it has weight,
//   and
//                       they are spread evenly over it. The turn says which place it is, so that nothing is
//                       kept.
//   sticky              weighted rendezvous hashing: every server draws a number from the conversation, the
//   best
//                       one gets it. Another server's leaving moves nobody else. A server that has far more
//                       to do than its equals passes on to the next.
#include "tools/aihub-serve/services/choice.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>

#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::serve {
namespace {

struct Rank {
    std::uint64_t kind = 0;  // the class
    double score = 0;
    double weight = 1;
    double load = 0;          // requests for each unit of weight, with the one to come
    std::uint32_t place = 0;  // in the candidates
};

// Ranks are on the stack for as many servers as anybody is likely to have.
class Ranks {
public:
    explicit Ranks(std::size_t size) : size_(size) {
        if (size > few_.size()) many_ = std::make_unique<Rank[]>(size);
    }
    Rank* begin() { return many_ ? many_.get() : few_.data(); }
    Rank* end() { return begin() + size_; }

private:
    std::size_t size_;
    std::array<Rank, 64> few_;
    std::unique_ptr<Rank[]> many_;
};

struct Run {
    Rank* first;
    Rank* last;
    const Candidates& candidates;
    const ChoiceHints& hints;

    std::size_t size() const { return static_cast<std::size_t>(last - first); }
    const Upstream& upstream(const Rank& rank) const { return *candidates[rank.place].upstream; }
};

std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

// Above 0 and below 1.
double fraction(std::uint64_t hash) {
    return (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
}

// Down comes last; who may be back comes before who is not.
constexpr std::uint64_t down_bits = 3ULL << 35;

std::uint64_t down_rank(const Breaker& breaker) {
    Breaker::State state = breaker.state();
    return state == Breaker::State::closed ? 0 : state == Breaker::State::open ? 2 : 1;
}

std::uint64_t kind_of(const Candidate& candidate) {
    const config::ServiceConfig& service = candidate.upstream->service->config;
    std::uint64_t down = down_rank(candidate.upstream->state->breaker);
    std::uint64_t full = has_room(*candidate.upstream) ? 0 : 1;
    std::uint64_t translated = candidate.api ? 1 : 0;
    std::uint64_t stands_in = candidate.stands_in ? 1 : 0;
    return down << 35 | stands_in << 34 | full << 33 | std::uint64_t{service.priority} << 1 | translated;
}

// What a server draws its numbers from: the same after a restart.
std::uint64_t identity_of(const Upstream& upstream) {
    std::atomic<std::uint64_t>& identity = upstream.state->identity;
    std::uint64_t known = identity.load(std::memory_order_relaxed);
    if (known == 0) {
        known = std::hash<std::string_view>()(upstream.target.text) | 1;
        identity.store(known, std::memory_order_relaxed);
    }
    return known;
}

double outstanding_at(const Upstream& upstream) {
    return upstream.state->outstanding.load(std::memory_order_relaxed);
}

Rank rank_of(const Candidate& candidate, std::uint32_t place) {
    double weight = candidate.upstream->weight;
    return {kind_of(candidate), 0, weight, (outstanding_at(*candidate.upstream) + 1) / weight, place};
}

void sort_run(const Run& run) {
    std::sort(run.first, run.last, [](const Rank& a, const Rank& b) {
        return a.score != b.score ? a.score < b.score
               : a.load != b.load ? a.load < b.load
                                  : a.place < b.place;
    });
}

// The best ones may be equal: then the turn says who begins.
void take_turns(const Run& run) {
    const Rank& best = *run.first;
    Rank* end = std::find_if(run.first, run.last, [&](const Rank& rank) {
        return rank.score != best.score || rank.load != best.load;
    });
    std::rotate(run.first, run.first + run.hints.turn % static_cast<std::uint64_t>(end - run.first), end);
}

void by_load(const Run& run) {
    for (Rank* rank = run.first; rank != run.last; ++rank) rank->score = rank->load;
    sort_run(run);
    take_turns(run);
}

// A server that is not known yet is tried first by a few requests; a crowd takes it for one of the slowest.
void by_latency(const Run& run) {
    std::int64_t now = net::steady_ms();
    double slowest = 1;
    for (Rank* rank = run.first; rank != run.last; ++rank) {
        rank->score = run.upstream(*rank).state->latency.average(now);
        slowest = std::max(slowest, rank->score);
    }
    for (Rank* rank = run.first; rank != run.last; ++rank) {
        bool crowded = outstanding_at(run.upstream(*rank)) >= 3;
        if (rank->score == 0 && crowded) rank->score = slowest;
        rank->score *= rank->load;
    }
    sort_run(run);
    take_turns(run);
}

void by_cost(const Run& run) {
    for (Rank* rank = run.first; rank != run.last; ++rank)
        rank->score = run.upstream(*rank).service->config.cost;
    sort_run(run);
    take_turns(run);
}

// The wheel is the time from 0 to 1; the k-th place of a server is at (k + phase) / weight. Phases differ, so
// that places do not coincide.
class Wheel {
public:
    explicit Wheel(const Run& run) : run_(run) {
        for (Rank* rank = run.first; rank != run.last; ++rank) {
            rank->score = 1 - fraction(mix(rank->place + 1));
            places_ += static_cast<std::int64_t>(rank->weight);
            even_ &= rank->weight == run.first->weight;
        }
    }

    // The server of a turn. Its place is found by narrowing the span of time in which it lies: by estimate,
    // and every other time by halves, so that no spread of the places makes it long.
    const Rank* at(std::uint64_t turn) const {
        if (even_) return run_.first + turn % run_.size();
        auto place = static_cast<std::int64_t>(turn % static_cast<std::uint64_t>(places_));
        Span span{0, 1, 0, places_};
        for (int step = 0; span.before + 1 < span.until && step < 80; ++step)
            narrow(span, place, step % 2 == 0 ? span.estimate(place) : span.middle());
        return owner(place - span.before, span);
    }

private:
    struct Span {
        double low;
        double high;
        std::int64_t before;  // places until `low`
        std::int64_t until;   // places until `high`

        double middle() const { return (low + high) / 2; }
        double estimate(std::int64_t place) const {
            double share = (static_cast<double>(place - before) + 0.5) / static_cast<double>(until - before);
            return low + (high - low) * share;
        }
    };

    void narrow(Span& span, std::int64_t place, double time) const {
        std::int64_t passed = 0;
        for (const Rank* rank = run_.first; rank != run_.last; ++rank) passed += passed_by(*rank, time);
        if (passed <= place) {
            span.low = time;
            span.before = passed;
        } else {
            span.high = time;
            span.until = passed;
        }
    }
    // How many places of a server lie until `time`.
    static std::int64_t passed_by(const Rank& rank, double time) {
        return static_cast<std::int64_t>(time * rank.weight + rank.score);
    }
    // Whose the `nth` place within the span is.
    const Rank* owner(std::int64_t nth, const Span& span) const {
        const Rank* rank = run_.first;
        for (; rank + 1 != run_.last; ++rank) {
            std::int64_t places = passed_by(*rank, span.high) - passed_by(*rank, span.low);
            if (nth < places) break;
            nth -= places;
        }
        return rank;
    }

    const Run& run_;
    std::int64_t places_ = 0;
    bool even_ = true;
};

void by_turn(const Run& run) {
    auto chosen = static_cast<std::size_t>(Wheel(run).at(run.hints.turn) - run.first);
    for (std::size_t i = 0; i < run.size(); ++i)
        run.first[i].score = static_cast<double>((i + run.size() - chosen) % run.size());
    sort_run(run);
}

// What the servers of a run carry at most before they pass conversations on: twice the mean and two more.
double bound_of(const Run& run) {
    double outstanding = 0;
    double weights = 0;
    for (const Rank* rank = run.first; rank != run.last; ++rank) {
        outstanding += rank->load * rank->weight - 1;
        weights += rank->weight;
    }
    return 2 * outstanding / weights;
}

void by_conversation(const Run& run) {
    if (run.hints.conversation == 0) return by_load(run);
    double bound = bound_of(run);
    constexpr double passed_on = 1e9;  // above every number that is drawn
    for (Rank* rank = run.first; rank != run.last; ++rank) {
        const Upstream& upstream = run.upstream(*rank);
        double drawn =
            -std::log(fraction(mix(run.hints.conversation ^ identity_of(upstream)))) / upstream.weight;
        bool too_much = rank->load * upstream.weight - 1 > bound * upstream.weight + 2;
        rank->score = too_much ? passed_on + drawn : drawn;
    }
    sort_run(run);
}

Strategy strategy_of(const Run& run) {
    const std::string& group = run.upstream(*run.first).service->config.group;
    return run.hints.groups ? run.hints.groups->of(group, run.hints.fallback) : run.hints.fallback;
}

void order_run(const Run& run) {
    if (run.size() < 2) return;
    switch (strategy_of(run)) {
        case Strategy::least_outstanding:
            return by_load(run);
        case Strategy::round_robin:
            return by_turn(run);
        case Strategy::latency:
            return by_latency(run);
        case Strategy::cost:
            return by_cost(run);
        case Strategy::sticky:
            return by_conversation(run);
    }
}

void order_runs(Ranks& ranks, const Candidates& candidates, const ChoiceHints& hints) {
    std::sort(ranks.begin(), ranks.end(), [](const Rank& a, const Rank& b) {
        return a.kind != b.kind ? a.kind < b.kind : a.place < b.place;
    });
    for (Rank* first = ranks.begin(); first != ranks.end();) {
        Rank* last =
            std::find_if(first, ranks.end(), [&](const Rank& rank) { return rank.kind != first->kind; });
        order_run({first, last, candidates, hints});
        first = last;
    }
}

// Moves every candidate to where its rank says, each once.
void arrange(Candidates& candidates, Ranks& ranks) {
    Rank* rank = ranks.begin();
    for (std::uint32_t start = 0; start < candidates.size(); ++start) {
        std::uint32_t hole = start;
        if (rank[hole].place == hole) continue;
        Candidate lifted = std::move(candidates[hole]);
        while (rank[hole].place != start) {
            std::uint32_t from = rank[hole].place;
            candidates[hole] = std::move(candidates[from]);
            rank[hole].place = hole;
            hole = from;
        }
        candidates[hole] = std::move(lifted);
        rank[hole].place = hole;
    }
}

// A trial that fails goes unnoticed, since the next server is tried: so it comes first. One a request, and
// only of a server that would be among the first if it were known to be back: nobody is sent far or
// translated for it.
void claim_trial(Candidates& candidates) {
    if (candidates.empty()) return;
    std::uint64_t best = kind_of(candidates.front()) & ~down_bits;
    auto trial = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
        Breaker& breaker = candidate.upstream->state->breaker;
        bool matters = !breaker.is_closed() && (kind_of(candidate) & ~down_bits) <= best;
        return matters && has_room(*candidate.upstream) && breaker.claim_trial();
    });
    if (trial == candidates.end()) return;
    trial->trial = true;
    std::rotate(candidates.begin(), trial, trial + 1);
}

}  // namespace

// Nobody overtakes who waits: a place that is free is about to be theirs.
bool has_room(const Upstream& upstream) {
    const UpstreamState& state = *upstream.state;
    return state.waiting.load(std::memory_order_relaxed) == 0 && state.has_room();
}

void order_candidates(Candidates& candidates, const ChoiceHints& hints) {
    if (candidates.size() < 2) return claim_trial(candidates);
    Ranks ranks(candidates.size());
    std::uint32_t place = 0;
    for (Rank& rank : ranks) {
        rank = rank_of(candidates[place], place);
        ++place;
    }
    order_runs(ranks, candidates, hints);
    arrange(candidates, ranks);
    claim_trial(candidates);
}

void give_back_trials(Candidates& candidates) {
    for (Candidate& candidate : candidates) {
        if (candidate.trial) candidate.upstream->state->breaker.give_back_trial();
        candidate.trial = false;
    }
}

}  // namespace aihub::serve
