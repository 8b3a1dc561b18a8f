#include "shared/http/client.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <thread>

#include "tests/unit/shared/http/scripted_server.hpp"

namespace aihub::http {
namespace {

using namespace std::chrono_literals;

ClientRequest request_to(const ScriptedServer& server, Milliseconds timeout = 20s) {
    ClientRequest request;
    request.base = *parse_url("http://127.0.0.1:" + std::to_string(server.port()) + "/base");
    request.path = "/v1/models";
    request.timeout = timeout;
    return request;
}

Result<ClientReply> reply_to(const std::string& bytes) {
    ScriptedServer server([&](ScriptedServer::Peer& peer) { peer.send(bytes); });
    return get(request_to(server));
}

// Sends `piece` for as long as somebody takes it.
ScriptedServer::Script endless(std::string beginning, std::string piece, Milliseconds pause = 0ms) {
    return [=](ScriptedServer::Peer& peer) {
        bool taken = peer.send(beginning);
        while (taken) {
            taken = peer.send(piece);
            if (pause.count() > 0) std::this_thread::sleep_for(pause);
        }
    };
}

std::string failure_of(const Result<ClientReply>& reply) {
    REQUIRE_FALSE(reply);
    CHECK(reply.error().code == ErrorCode::unavailable);
    return reply.error().message;
}

TEST_CASE("a request says where it goes and who asks, and wants no more than one reply") {
    ScriptedServer server([](ScriptedServer::Peer& peer) { peer.send("HTTP/1.1 204 No Content\r\n\r\n"); });
    ClientRequest request = request_to(server);
    request.bearer = "secret";
    Result<ClientReply> reply = get(request);
    REQUIRE(reply);
    CHECK(reply->status == 204);
    std::string head = server.head();
    CHECK(head.starts_with("GET /base/v1/models HTTP/1.1\r\n"));
    CHECK(head.find("Host: " + request.base.authority + "\r\n") != std::string::npos);
    CHECK(head.find("Authorization: Bearer secret\r\n") != std::string::npos);
    CHECK(head.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("a question with a body is a POST of JSON") {
    ScriptedServer server([](ScriptedServer::Peer& peer) {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        peer.wait_gone();
    });
    Result<ClientReply> reply = post_json(request_to(server), "{\"a\":1}");
    REQUIRE(reply);
    CHECK(reply->body == "{}");
    std::string head = server.head();
    CHECK(head.starts_with("POST /base/v1/models HTTP/1.1\r\n"));
    CHECK(head.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(head.find("Content-Length: 7\r\n") != std::string::npos);
}

TEST_CASE("bodies are read however they are framed") {
    for (const char* bytes :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
          "HTTP/1.0 200 OK\r\n\r\nhello",
          "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}) {
        INFO(bytes);
        Result<ClientReply> reply = reply_to(bytes);
        REQUIRE(reply);
        CHECK(reply->status == 200);
        CHECK(reply->body == "hello");
    }
}

TEST_CASE("a server is reached when it takes the connection, whatever it would say") {
    ScriptedServer silent([](ScriptedServer::Peer& peer) { peer.wait_gone(); });
    CHECK(reach(request_to(silent)));
    CHECK(silent.head().empty());
    ClientRequest nobody;
    {
        ScriptedServer closed([](ScriptedServer::Peer&) {});
        nobody = request_to(closed);
    }
    Result<void> reached = reach(nobody);
    REQUIRE_FALSE(reached);
    CHECK(reached.error().code == ErrorCode::unavailable);
}

TEST_CASE("any status is a reply") {
    Result<ClientReply> reply = reply_to("HTTP/1.1 503 Loading\r\nContent-Length: 2\r\n\r\nno");
    REQUIRE(reply);
    CHECK(reply->status == 503);
    CHECK(reply->body == "no");
}

TEST_CASE("half a reply is none") {
    for (const char* bytes :
         {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", "hello\r\n\r\n"}) {
        INFO(bytes);
        CHECK(failure_of(reply_to(bytes)).find("/base/v1/models: ") != std::string::npos);
    }
}

TEST_CASE("a server that nobody runs is told from one that is slow") {
    std::uint16_t port = 0;
    {
        ScriptedServer gone([](ScriptedServer::Peer&) {});
        port = gone.port();
    }
    ClientRequest request;
    request.base = *parse_url("http://127.0.0.1:" + std::to_string(port));
    request.path = "/x";
    CHECK(failure_of(get(request)).find("refused") != std::string::npos);
}

TEST_CASE("the timeout counts for the whole reply, not for each byte of it") {
    ScriptedServer head(endless("HTTP/1.1 200 OK\r\nX: ", "x", 20ms));
    CHECK(failure_of(get(request_to(head, 300ms))).find("did not answer in time") != std::string::npos);
    ScriptedServer body(endless("HTTP/1.1 200 OK\r\n\r\n", "x", 20ms));
    CHECK(failure_of(get(request_to(body, 300ms))).find("did not answer in time") != std::string::npos);
}

TEST_CASE("replies without an end are given up, wherever they have none") {
    std::string line(100, 'x');
    for (const ScriptedServer::Script& script :
         {endless("HTTP/1.1 200 ", line), endless("HTTP/1.1 200 OK\r\nX: ", line),
          endless("HTTP/1.1 200 OK\r\n", "X: " + line + "\r\n"), endless("HTTP/1.1 200 OK\r\n\r\n", line),
          endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", line),
          endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: " + line + "\r\n")}) {
        ScriptedServer server(script);
        ClientRequest request = request_to(server, 1h);
        request.largest_reply = 1024 * 1024;
        CHECK_FALSE(get(request));
    }
}

TEST_CASE("a status line of many bytes does no harm") {
    std::string reply = "HTTP/1.1 200 " + std::string(60'000, 'x') + "\r\nContent-Length: 2\r\n\r\nok";
    CHECK(reply_to(reply));
    CHECK_FALSE(reply_to("HTTP/1.1 200 " + std::string(3'000'000, 'x') + "\r\nContent-Length: 2\r\n\r\nok"));
}

TEST_CASE("a body may be as large as allowed, and no larger") {
    std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
    for (std::size_t limit : {9U, 10U}) {
        ScriptedServer server([&](ScriptedServer::Peer& peer) { peer.send(bytes); });
        ClientRequest request = request_to(server);
        request.largest_reply = limit;
        CHECK(get(request).has_value() == (limit == 10));
    }
}

TEST_CASE("a request that is called off ends at once") {
    std::stop_source source;
    ScriptedServer server([&](ScriptedServer::Peer& peer) {
        source.request_stop();
        peer.wait_gone();
    });
    ClientRequest request = request_to(server, 1h);
    request.called_off = source.get_token();
    CHECK(failure_of(get(request)).find("called off") != std::string::npos);
}

}  // namespace
}  // namespace aihub::http
