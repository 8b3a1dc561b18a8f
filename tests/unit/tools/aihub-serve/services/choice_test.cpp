#include "tools/aihub-serve/services/choice.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::serve {
namespace {

using Failure = Breaker::Failure;

// Servers "a", "b", … of services of their own, and the order in which they would be tried, as "bac".
class Row {
public:
    struct Traits {
        int outstanding = 0;
        unsigned weight = 1;
        unsigned priority = 0;
        unsigned most = 0;
        double cost = 0;
        bool translated = false;
        bool stands_in = false;
        std::string group = {};
    };

    Row() = default;
    explicit Row(std::initializer_list<Traits> servers) {
        for (const Traits& traits : servers) add(traits);
    }

    Upstream& add(const Traits& traits) {
        auto service = std::make_unique<Service>();
        service->config.name = std::string(1, static_cast<char>('a' + services_.size()));
        service->config.priority = traits.priority;
        service->config.cost = traits.cost;
        service->config.group = traits.group;
        Upstream& upstream = service->upstreams.emplace_back();
        upstream.service = service.get();
        upstream.target.text = "http://" + service->config.name + ":1";
        upstream.weight = traits.weight;
        upstream.state = std::make_shared<UpstreamState>();
        upstream.state->outstanding = traits.outstanding;
        upstream.state->limit = traits.most;
        services_.push_back(std::move(service));
        traits_.push_back(traits);
        return upstream;
    }
    UpstreamState& state(std::size_t i) { return *services_[i]->upstreams[0].state; }
    void break_down(std::size_t i) { state(i).breaker.failed(Failure::connection); }

    Candidates candidates() const {
        Candidates all;
        for (std::size_t i = 0; i < services_.size(); ++i) {
            Candidate candidate{
                &services_[i]->upstreams[0], "model of " + services_[i]->config.name, {}, false};
            if (traits_[i].translated) candidate.api = translate::Api::chat;
            candidate.stands_in = traits_[i].stands_in;
            all.push_back(std::move(candidate));
        }
        return all;
    }
    Candidates ordered(const ChoiceHints& hints = {}) const {
        Candidates all = candidates();
        order_candidates(all, hints);
        return all;
    }
    std::string order(const ChoiceHints& hints = {}) const {
        std::string text;
        for (const Candidate& candidate : ordered(hints)) {
            REQUIRE(candidate.model == "model of " + candidate.upstream->service->config.name);
            text += candidate.upstream->service->config.name;
        }
        return text;
    }
    std::string first(const ChoiceHints& hints) const { return order(hints).substr(0, 1); }

private:
    std::vector<std::unique_ptr<Service>> services_;
    std::vector<Traits> traits_;
};

ChoiceHints hints_of(Strategy strategy, std::uint64_t turn = 0, std::uint64_t conversation = 0) {
    return {conversation, turn, strategy, nullptr};
}

// Who comes first in each of so many turns.
std::map<std::string, int> shares(const Row& row, Strategy strategy, int turns, int from = 0) {
    std::map<std::string, int> counts;
    for (int turn = from; turn < from + turns; ++turn)
        ++counts[row.first(hints_of(strategy, static_cast<std::uint64_t>(turn)))];
    return counts;
}

using Counts = std::map<std::string, int>;

TEST_CASE("the least busy server is tried first") {
    CHECK(Row({{3}, {1}, {2}}).order() == "bca");
    CHECK(Row({{5}}).order() == "a");
    CHECK(Row().order().empty());
}

TEST_CASE("a server of more weight carries more before it counts as busier") {
    CHECK(Row({{1, 1}, {2, 2}}).order() == "ba");
    CHECK(Row({{1, 1}, {4, 2}}).order() == "ab");
    CHECK(Row({{0, 1}, {5, 10}}).order() == "ba");
}

TEST_CASE("servers that are equally busy take turns") {
    Row row({{0}, {7}, {0}, {0}});
    CHECK(shares(row, Strategy::least_outstanding, 9) == Counts{{"a", 3}, {"c", 3}, {"d", 3}});
    CHECK(row.order(hints_of(Strategy::least_outstanding, 1)) == "cdab");
}

TEST_CASE("a server that is down is tried last, but it is tried") {
    Row row({{0}, {9}, {5}});
    row.break_down(0);
    CHECK(row.order() == "cba");
    row.break_down(1);
    row.break_down(2);
    CHECK(row.order().size() == 3);
}

TEST_CASE("health goes before room, room before priority, priority before what needs no translation") {
    Row row({{.priority = 3}, {.translated = true}, {.outstanding = 2, .most = 2}, {}, {.priority = 1}});
    row.break_down(3);
    CHECK(row.order() == "beacd");
}

TEST_CASE("servers of a model that stands in come after those of the model, also when these are full") {
    Row row({{.stands_in = true}, {.outstanding = 1, .most = 1}, {.priority = 9}});
    CHECK(row.order() == "cba");
    row.break_down(2);
    CHECK(row.order() == "bac");
}

TEST_CASE("a server that may be back is tried before those that are not, when all are down") {
    Row row({{}, {.priority = 1}, {}});
    for (std::size_t i : {0U, 1U, 2U}) row.break_down(i);
    row.state(1).breaker.answered();
    Candidates tried = row.ordered();
    CHECK(tried[0].upstream->service->config.name == "b");
    CHECK(tried[0].trial);
}

TEST_CASE("lower priorities come first, however busy they are") {
    Row row({{.outstanding = 0, .priority = 10}, {.outstanding = 50, .priority = 0}, {.priority = 5}});
    CHECK(row.order() == "bca");
}

TEST_CASE("a server that is full stands back for all that have room") {
    Row row({{.outstanding = 2, .most = 2}, {.outstanding = 9, .priority = 7}});
    CHECK(row.order() == "ba");
    row.state(0).leave();
    CHECK(row.order() == "ab");
}

TEST_CASE("round robin gives weights their exact shares, in every turn of the wheel, and well mixed") {
    Row row({{.weight = 1}, {.weight = 2}, {.weight = 3}});
    for (int from : {0, 6, 600, 7, 1'000'001})
        CHECK(shares(row, Strategy::round_robin, 6, from) == Counts{{"a", 1}, {"b", 2}, {"c", 3}});
    CHECK(shares(row, Strategy::round_robin, 3) != Counts{{"c", 3}});
}

TEST_CASE("round robin's shares are exact for any weights") {
    std::uint64_t seed = 20240607;
    for (int round = 0; round < 40; ++round) {
        Row row;
        Counts expected;
        int sum = 0;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        std::size_t servers = 1 + (seed >> 33) % 26;
        for (std::size_t i = 0; i < servers; ++i) {
            seed = seed * 6364136223846793005U + 1442695040888963407U;
            unsigned weight = 1 + static_cast<unsigned>(seed >> 33) % (round % 2 == 0 ? 3 : 40);
            row.add({.weight = weight});
            expected[std::string(1, static_cast<char>('a' + i))] = static_cast<int>(weight);
            sum += static_cast<int>(weight);
        }
        REQUIRE(shares(row, Strategy::round_robin, sum, round * sum) == expected);
    }
}

TEST_CASE("round robin's shares are those of the servers that answer") {
    Row row({{.weight = 1}, {.weight = 2}, {.weight = 3}});
    row.break_down(1);
    CHECK(shares(row, Strategy::round_robin, 400) == Counts{{"a", 100}, {"c", 300}});
}

TEST_CASE("round robin mixes: no server waits for twice its distance") {
    Row row({{.weight = 5}, {.weight = 1}, {.weight = 4}});
    int since_a = 0;
    for (std::uint64_t turn = 0; turn < 200; ++turn) {
        since_a = row.first(hints_of(Strategy::round_robin, turn)) == "a" ? 0 : since_a + 1;
        REQUIRE(since_a <= 3);
    }
}

void note_latency(UpstreamState& state, float ms) {
    for (int i = 0; i < 3; ++i) state.latency.note(ms, net::steady_ms());
}

TEST_CASE("by latency, the quickest comes first until it is busy") {
    Row row({{}, {}, {}});
    note_latency(row.state(0), 900);
    note_latency(row.state(1), 100);
    note_latency(row.state(2), 300);
    CHECK(row.order(hints_of(Strategy::latency)) == "bca");
    row.state(1).outstanding = 4;
    CHECK(row.order(hints_of(Strategy::latency)) == "cba");
}

TEST_CASE("by latency, an unknown server is tried first, but by a few only") {
    Row row({{}, {}});
    note_latency(row.state(0), 10);
    CHECK(row.first(hints_of(Strategy::latency)) == "b");
    row.state(1).outstanding = 2;
    CHECK(row.first(hints_of(Strategy::latency)) == "b");
    row.state(1).outstanding = 3;
    CHECK(row.first(hints_of(Strategy::latency)) == "a");
}

TEST_CASE("by cost, the cheapest with room comes first, and equals by load") {
    Row row({{.cost = 3}, {.outstanding = 2, .most = 4, .cost = 0.5}, {.outstanding = 1, .cost = 0.5}});
    CHECK(row.order(hints_of(Strategy::cost)) == "cba");
    row.state(2).outstanding = 3;
    CHECK(row.order(hints_of(Strategy::cost)) == "bca");
    row.state(1).outstanding = 4;
    CHECK(row.order(hints_of(Strategy::cost)) == "cab");
}

TEST_CASE("a conversation stays with its server, whatever the turn") {
    Row row({{}, {}, {}, {}});
    std::string first = row.order(hints_of(Strategy::sticky, 0, 4711));
    for (std::uint64_t turn = 1; turn < 20; ++turn)
        CHECK(row.order(hints_of(Strategy::sticky, turn, 4711)) == first);
}

TEST_CASE("conversations spread over the servers by weight") {
    Row row({{.weight = 1}, {.weight = 1}, {.weight = 2}});
    Counts counts;
    for (std::uint64_t conversation = 1; conversation <= 4000; ++conversation)
        ++counts[row.first(hints_of(Strategy::sticky, 0, conversation))];
    CHECK(counts["a"] == Approx(1000).epsilon(0.1));
    CHECK(counts["b"] == Approx(1000).epsilon(0.1));
    CHECK(counts["c"] == Approx(2000).epsilon(0.1));
}

TEST_CASE("when a server goes down only its own conversations move") {
    Row row({{}, {}, {}});
    Counts moved;
    std::vector<std::string> before;
    for (std::uint64_t conversation = 1; conversation <= 300; ++conversation)
        before.push_back(row.order(hints_of(Strategy::sticky, 0, conversation)));
    row.break_down(1);
    for (std::uint64_t conversation = 1; conversation <= 300; ++conversation) {
        const std::string& was = before[conversation - 1];
        std::string expected = was.substr(was[0] == 'b' ? 1 : 0, 1);
        REQUIRE(row.first(hints_of(Strategy::sticky, 0, conversation)) == expected);
    }
}

TEST_CASE("a conversation is passed on by a server that has far more to do than its equals") {
    Row row({{}, {}, {}});
    std::string order = row.order(hints_of(Strategy::sticky, 0, 99));
    auto favourite = static_cast<std::size_t>(order[0] - 'a');
    row.state(favourite).outstanding = 2;
    CHECK(row.order(hints_of(Strategy::sticky, 0, 99)) == order);
    row.state(favourite).outstanding = 30;
    CHECK(row.order(hints_of(Strategy::sticky, 0, 99)) == order.substr(1) + order.substr(0, 1));
}

TEST_CASE("a request without a conversation goes to the least busy, also where conversations stick") {
    CHECK(Row({{3}, {1}, {2}}).order(hints_of(Strategy::sticky)) == "bca");
}

TEST_CASE("each rank of servers has the strategy of its first one's group") {
    std::vector<config::ServiceGroup> configured = {{"local", "cost"}, {"remote", "least-outstanding"}};
    GroupStrategies groups(configured);
    Row row({{.outstanding = 0, .cost = 9, .group = "local"},
             {.outstanding = 5, .cost = 1, .group = "local"},
             {.outstanding = 7, .priority = 1, .cost = 1, .group = "remote"},
             {.outstanding = 2, .priority = 1, .cost = 9, .group = "remote"}});
    ChoiceHints hints = hints_of(Strategy::round_robin);
    hints.groups = &groups;
    CHECK(row.order(hints) == "badc");
}

TEST_CASE("a server that may be back is tried first, by one request") {
    Row row({{}, {}, {}});
    row.break_down(2);
    row.state(2).breaker.answered();
    Candidates first = row.ordered();
    CHECK(first[0].upstream->service->config.name == "c");
    CHECK(first[0].trial);
    CHECK_FALSE(first[1].trial);
    Candidates second = row.ordered();
    CHECK(second[2].upstream->service->config.name == "c");
    CHECK_FALSE(second[2].trial);
    give_back_trials(first);
    CHECK_FALSE(first[0].trial);
    CHECK(row.ordered()[0].trial);
}

TEST_CASE("a request makes one trial at most") {
    Row row({{}, {}, {}});
    for (std::size_t i : {0U, 1U}) {
        row.break_down(i);
        row.state(i).breaker.answered();
    }
    CHECK(row.order() == "acb");
    CHECK(row.state(1).breaker.state() == Breaker::State::half_open);
}

TEST_CASE("nobody is sent to a farther rank, or through a translation, for a trial's sake") {
    Row row({{}, {.priority = 1}, {.translated = true}, {.outstanding = 1, .most = 1}});
    for (std::size_t i : {1U, 2U, 3U}) {
        row.break_down(i);
        row.state(i).breaker.answered();
    }
    CHECK(row.first({}) == "a");
    row.break_down(0);
    CHECK(row.first({}) == "c");
}

TEST_CASE("a server that fails fast attracts nothing, though it is never busy") {
    Row row({{}, {}});
    for (int i = 0; i < 3; ++i) row.state(0).breaker.failed(Failure::status);
    row.state(1).outstanding = 100;
    CHECK(row.order() == "ba");
}

TEST_CASE("strategies are known by their words") {
    for (const char* word : {"least-outstanding", "round-robin", "latency", "cost", "sticky"})
        CHECK(strategy_name(parse_strategy(word).value()) == word);
    CHECK_FALSE(parse_strategy("random"));
    CHECK_FALSE(parse_strategy(""));
}

}  // namespace
}  // namespace aihub::serve
