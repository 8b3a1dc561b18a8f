#include "tools/aihub-serve/services/abilities.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/net/fixture.hpp"
#include "tests/unit/tools/aihub-serve/services/answering_server.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using translate::Api;

// One server of a kind, and who asks it.
class Asked {
public:
    explicit Asked(ServiceKind kind, const std::string& url = "http://127.0.0.1:1") {
        service_.config.name = "server";
        service_.config.kind = kind;
        upstream.service = &service_;
        upstream.target.url = *http::parse_url(url);
        upstream.state = std::make_shared<UpstreamState>();
    }
    Asked& lists(std::vector<std::string> apis) {
        service_.config.apis = std::move(apis);
        return *this;
    }
    std::optional<bool> known(Api api) const { return known_to_speak(upstream, api); }
    bool speaks(Api api) { return running_.run(speaks_on(running_.loop, api)); }
    net::Task<bool> speaks_on(net::Loop& loop, Api api) {
        std::vector<ApiQuestion> questions{{&upstream, api}};
        co_await abilities.ask(loop, std::move(questions));
        co_return known(api).value_or(false);
    }

    Upstream upstream;
    ApiAbilities abilities;

private:
    Service service_;
    net::RunningLoop running_;
};

TEST_CASE("what a kind of server speaks is known, or has to be asked") {
    Asked openai(ServiceKind::openai);
    for (Api api : {Api::chat, Api::completions, Api::embeddings}) CHECK(openai.known(api) == true);
    for (Api api : {Api::ollama_chat, Api::ollama_generate, Api::ollama_embed, Api::ollama_embeddings})
        CHECK(openai.known(api) == false);
    for (Api api : {Api::messages, Api::responses}) CHECK(openai.known(api) == std::nullopt);

    Asked ollama(ServiceKind::ollama);
    for (Api api : {Api::ollama_chat, Api::ollama_generate, Api::ollama_embed, Api::ollama_embeddings})
        CHECK(ollama.known(api) == true);
    for (Api api : {Api::chat, Api::completions, Api::embeddings, Api::messages, Api::responses})
        CHECK(ollama.known(api) == std::nullopt);

    for (ServiceKind kind :
         {ServiceKind::speech, ServiceKind::transcription, ServiceKind::openwebui, ServiceKind::plain})
        for (Api api : {Api::chat, Api::messages, Api::responses, Api::ollama_chat})
            CHECK(Asked(kind).known(api) == false);
}

TEST_CASE("what the configuration says counts, and nobody is asked") {
    Asked server(ServiceKind::openai);
    server.lists({"messages", "ollama"});
    CHECK(server.known(Api::messages) == true);
    CHECK(server.known(Api::ollama_generate) == true);
    CHECK(server.known(Api::responses) == false);
    CHECK(server.known(Api::chat) == false);
    CHECK(server.known(Api::embeddings) == false);
    server.lists({"chat"});
    CHECK(server.known(Api::embeddings) == true);
    CHECK(server.known(Api::messages) == false);
    server.lists({"embeddings"});
    CHECK(server.known(Api::embeddings) == true);
    CHECK(server.known(Api::completions) == false);
}

// Whether a server that answers an empty object like this is taken to speak the API, and whether it is sure.
struct Verdict {
    bool yes;
    bool remembered;
    bool operator==(const Verdict&) const = default;
};

Verdict verdict_on(const std::string& reply) {
    AnsweringServer server(reply);
    Asked asked(ServiceKind::openai, server.url());
    bool yes = asked.speaks(Api::messages);
    CHECK(server.lines().size() == 1);
    CHECK(server.lines()[0] == "POST /v1/messages HTTP/1.1");
    return {yes, asked.known(Api::messages).has_value()};
}

TEST_CASE("the answer to an empty object tells whether a server speaks an API") {
    for (int status : {400, 401, 403, 415, 422, 500})
        CHECK(verdict_on(reply_of(status)) == Verdict{true, true});
    for (int status : {404, 405, 501}) CHECK(verdict_on(reply_of(status)) == Verdict{false, true});
    for (int status : {429, 502, 503, 504}) CHECK(verdict_on(reply_of(status)) == Verdict{false, false});
    CHECK(verdict_on(reply_of(200, R"({"error":"Unexpected endpoint or method."})")) == Verdict{false, true});
    CHECK(verdict_on(reply_of(404, R"({"error":{"message":"model '' not found"}})")) == Verdict{true, true});
    CHECK(verdict_on(reply_of(404, R"({"error":{"message":"File Not Found"}})")) == Verdict{false, true});
    CHECK(verdict_on(reply_of(404, "no page of this model")) == Verdict{false, true});
    CHECK(verdict_on(reply_of(200, R"({"type":"message"})")) == Verdict{true, true});
    CHECK(verdict_on("") == Verdict{false, false});
}

TEST_CASE("an answer is remembered until the server is back after having been down") {
    AnsweringServer server(reply_of(400));
    Asked asked(ServiceKind::ollama, server.url());
    CHECK(asked.speaks(Api::responses));
    CHECK(asked.speaks(Api::responses));
    CHECK(server.lines().size() == 1);
    CHECK(asked.known(Api::messages) == std::nullopt);
    asked.upstream.state->breaker.failed(Breaker::Failure::connection);
    CHECK(asked.known(Api::responses) == true);
    asked.upstream.state->breaker.answered();
    CHECK(asked.known(Api::responses) == std::nullopt);
    server.reply_with(reply_of(404));
    CHECK_FALSE(asked.speaks(Api::responses));
    CHECK(server.lines().size() == 2);
}

TEST_CASE("a server that did not say is left in peace for a while, and for as long as it is down") {
    AnsweringServer server(reply_of(503));
    Asked asked(ServiceKind::openai, server.url());
    asked.upstream.state->breaker.failed(Breaker::Failure::timeout);
    for (int i = 0; i < 3; ++i) CHECK_FALSE(asked.speaks(Api::messages));
    CHECK(server.lines().size() == 1);
    CHECK_FALSE(asked.speaks(Api::responses));
    CHECK(server.lines().size() == 2);  // of another API it was not asked yet
    CHECK(asked.known(Api::messages) == std::nullopt);
}

TEST_CASE("who asks the same at the same time shares the question") {
    AnsweringServer server(reply_of(400));
    Asked asked(ServiceKind::openai, server.url());
    net::RunningLoop first;
    net::RunningLoop second;
    auto ask = [&](net::RunningLoop& running) {
        return net::asio::co_spawn(running.loop.context(), asked.speaks_on(running.loop, Api::messages),
                                   net::asio::use_future);
    };
    std::vector<std::future<bool>> answers;
    for (int i = 0; i < 20; ++i) answers.push_back(ask(i % 2 == 0 ? first : second));
    for (std::future<bool>& answer : answers) CHECK(answer.get());
    CHECK(server.lines().size() == 1);
}

TEST_CASE("who waits for an answer is told no when the end comes, and so is who asks after it") {
    net::Server silent;
    Asked asked(ServiceKind::openai, "http://127.0.0.1:" + std::to_string(silent.port()));
    net::RunningLoop running;
    auto answer = net::asio::co_spawn(running.loop.context(), asked.speaks_on(running.loop, Api::messages),
                                      net::asio::use_future);
    auto connection = silent.accept();
    asked.abilities.stop();
    CHECK_FALSE(answer.get());
    CHECK_FALSE(asked.speaks(Api::messages));
}

}  // namespace
}  // namespace aihub::serve
