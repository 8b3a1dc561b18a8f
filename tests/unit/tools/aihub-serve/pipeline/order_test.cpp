#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/pipeline/fixture.hpp"

namespace aihub::serve {
namespace {

// Servers "0", "1", … with what is known of each; the order in which they would be tried, as "201".
class Row {
public:
    Row& server(int outstanding, unsigned weight = 1, bool down = false) {
        auto upstream = std::make_unique<Upstream>();
        upstream->configured_url = std::to_string(servers_.size());
        upstream->weight = weight;
        upstream->state = std::make_shared<UpstreamState>();
        upstream->state->outstanding = outstanding;
        upstream->state->down_until = down ? net::steady_ms() + 60'000 : 0;
        servers_.push_back(std::move(upstream));
        return *this;
    }
    std::string order() const {
        Candidates candidates;
        for (const auto& server : servers_) candidates.push_back(server.get());
        order_candidates(candidates);
        std::string text;
        for (const Upstream* candidate : candidates) text += candidate->configured_url;
        return text;
    }

private:
    std::vector<std::unique_ptr<Upstream>> servers_;
};

TEST_CASE("the least busy server is tried first") {
    CHECK(Row().server(3).server(1).server(2).order() == "120");
    CHECK(Row().server(0).server(0).server(0).order() == "012");
    CHECK(Row().server(5).order() == "0");
    CHECK(Row().order().empty());
}

TEST_CASE("a server of more weight carries more before it counts as busier") {
    CHECK(Row().server(1, 1).server(3, 4).order() == "10");
    CHECK(Row().server(1, 1).server(4, 4).order() == "01");
    CHECK(Row().server(1, 1).server(5, 4).order() == "01");
    CHECK(Row().server(2, 2).server(1, 2).order() == "10");
}

TEST_CASE("a server that is down is tried last, but it is tried") {
    CHECK(Row().server(0, 1, true).server(9).server(5).order() == "210");
    CHECK(Row().server(2, 1, true).server(1, 1, true).order() == "10");
}

TEST_CASE("a server that was down is itself again when its rest is over") {
    Upstream rested;
    rested.configured_url = "rested";
    rested.state = std::make_shared<UpstreamState>();
    rested.state->down_until = net::steady_ms() - 1;
    Upstream busy;
    busy.state = std::make_shared<UpstreamState>();
    busy.state->outstanding = 1;
    Candidates candidates = {&busy, &rested};
    order_candidates(candidates);
    CHECK(candidates.front() == &rested);
}

}  // namespace
}  // namespace aihub::serve
