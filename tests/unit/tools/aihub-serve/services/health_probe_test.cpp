#include "tools/aihub-serve/services/health_probe.hpp"

#include <catch2/catch.hpp>
#include <semaphore>

#include "tests/unit/tools/aihub-serve/net/fixture.hpp"
#include "tests/unit/tools/aihub-serve/services/answering_server.hpp"
#include "tests/unit/tools/aihub-serve/services/servers.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using State = Breaker::State;

// A probe of one server. Pauses are a millisecond at first, so that tests wait for answers only.
class Watch {
public:
    Watch(const std::string& url, ServiceKind kind, Milliseconds first_pause = Milliseconds(1)) {
        servers.service("server", kind, {url});
        catalogue = servers.catalogue();
        probe.configure(first_pause);
        probe.watch(*catalogue);
        probe.start();
    }
    UpstreamState& state() { return *catalogue->services()[0]->upstreams[0].state; }
    void fail() { state().breaker.failed(Breaker::Failure::connection); }
    void wait_back() { back_.acquire(); }

    Servers servers;
    std::unique_ptr<Catalogue> catalogue;

private:
    std::counting_semaphore<> back_{0};
    log::Logger logger_{log::Level::error};

public:
    HealthProbe probe{logger_, [this] { back_.release(); }};
};

TEST_CASE("a server that is down is asked a harmless question, and its answer makes it half open") {
    struct Case {
        ServiceKind kind;
        std::string line;
    };
    for (const Case& given : {Case{ServiceKind::openai, "GET /v1/models HTTP/1.1"},
                              Case{ServiceKind::ollama, "GET /api/tags HTTP/1.1"},
                              Case{ServiceKind::speech, "GET /v1/models HTTP/1.1"}}) {
        AnsweringServer server(reply_of(200));
        Watch watch(server.url(), given.kind);
        watch.fail();
        watch.wait_back();
        CHECK(watch.state().breaker.state() == State::half_open);
        CHECK(server.lines().size() == 1);
        CHECK(server.lines()[0] == given.line);
    }
}

TEST_CASE("a refusal is an answer, a failing status is none") {
    AnsweringServer server(reply_of(503));
    Watch watch(server.url(), ServiceKind::openai);
    watch.fail();
    server.lines(2);
    CHECK(watch.state().breaker.state() == State::open);
    server.reply_with(reply_of(401));
    watch.wait_back();
    CHECK(watch.state().breaker.state() == State::half_open);
}

TEST_CASE("a server of no known kind is back when it takes connections") {
    AnsweringServer server(reply_of(500));
    Watch watch(server.url(), ServiceKind::plain);
    watch.fail();
    watch.wait_back();
    CHECK(watch.state().breaker.state() == State::half_open);
    CHECK(server.lines().empty());
}

TEST_CASE("a server that refuses connections is asked until it is there again") {
    AnsweringServer server(reply_of(200));
    Watch watch(server.url(), ServiceKind::openai);
    server.close();
    watch.fail();
    CHECK(watch.state().breaker.state() == State::open);
    server.open();
    watch.wait_back();
    CHECK(watch.state().breaker.state() == State::half_open);
}

TEST_CASE("a server that discovery could not reach counts as down, once for each time it was lost") {
    AnsweringServer server(reply_of(503));
    Watch watch(server.url(), ServiceKind::openai);
    watch.servers.lists("server", server.url(), {"model"});
    watch.servers.is_silent("server", server.url());
    auto later = watch.servers.catalogue();
    watch.probe.watch(*later);
    CHECK(watch.state().breaker.state() == State::open);
    server.reply_with(reply_of(200));
    watch.wait_back();
    watch.state().breaker.succeeded();
    watch.probe.watch(*later);
    CHECK(watch.state().breaker.is_closed());
}

TEST_CASE("without a pause nobody is asked, and a trial is made after a rest") {
    AnsweringServer server(reply_of(200));
    Watch watch(server.url(), ServiceKind::openai, Milliseconds(0));
    watch.state().breaker.failed(Breaker::Failure::connection, 1000);
    CHECK(watch.state().breaker.claim_trial(3000));
    watch.probe.stop();
    CHECK(server.lines().empty());
}

TEST_CASE("a question that is not answered does not hold up the end") {
    net::Server silent;
    Watch watch("http://127.0.0.1:" + std::to_string(silent.port()), ServiceKind::openai);
    watch.fail();
    auto connection = silent.accept();
    watch.probe.stop();
    CHECK(watch.state().breaker.state() == State::open);
}

}  // namespace
}  // namespace aihub::serve
