#include "tools/aihub-serve/control_server.hpp"

#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr Milliseconds patience{5000};

// A server in a folder of its own; what a peer sends is there at once, so serve() right after is enough.
struct Served {
    std::string folder;
    std::optional<ControlServer> server;

    Served() {
        std::string pattern = (std::filesystem::temp_directory_path() / "aihub-control-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
        Result<ControlServer> opened = ControlServer::open(folder);
        if (!opened) FAIL(opened.error().message);
        server.emplace(std::move(*opened));
    }
    ~Served() {
        server.reset();
        std::filesystem::remove_all(folder);
    }
    Served(const Served&) = delete;

    ControlChannel connect(const std::string& name = control_name()) const {
        Result<ControlChannel> channel = connect_control(folder, name);
        if (!channel) FAIL(channel.error().message);
        return std::move(*channel);
    }
    Result<Json> ask(ControlChannel& channel, std::string_view text) {
        REQUIRE(channel.send(text));
        server->serve();
        Result<ControlMessage> message = channel.receive(patience);
        if (!message) return message.error();
        return read_answer(*message);
    }
};

TEST_CASE("a verb is answered by its row, again and again on one connection") {
    Served served;
    int calls = 0;
    served.server->on("count", [&](const ControlCall& call) {
        call.answer({{"calls", ++calls}, {"process", call.peer.process}});
    });
    ControlChannel channel = served.connect();
    for (int i = 1; i <= 3; ++i) {
        Result<Json> answer = served.ask(channel, R"({"verb":"count"})");
        REQUIRE(answer);
        CHECK(number_in(*answer, "calls") == i);
        CHECK(number_in(*answer, "process") == ::getpid());
    }
}

TEST_CASE("what is no known verb is refused, and the connection goes on") {
    Served served;
    served.server->on("count", [](const ControlCall& call) { call.answer({{"calls", 1}}); });
    ControlChannel channel = served.connect();
    for (const char* text : {"{", "[]", "7", "null", R"({"verb":7})", R"({"verb":"dance"})", "\xff"}) {
        INFO(text);
        Result<Json> answer = served.ask(channel, text);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == ErrorCode::invalid_input);
    }
    CHECK(served.ask(channel, R"({"verb":"count"})"));
}

TEST_CASE("a refusal keeps its kind, its words and its hint") {
    Served served;
    served.server->on("no", [](const ControlCall& call) {
        call.refuse(Error(ErrorCode::conflict, "not \xff now", "later"));
    });
    ControlChannel channel = served.connect();
    Result<Json> answer = served.ask(channel, R"({"verb":"no"})");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::conflict);
    CHECK(answer.error().message.find("now") != std::string::npos);
    CHECK(answer.error().hint == "later");
}

TEST_CASE("descriptors arrive with the message that they were sent with") {
    Served served;
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    served.server->on("write", [](const ControlCall& call) {
        bool wrote = call.descriptors.size() == 1 && ::write(call.descriptors[0].get(), "x", 1) == 1;
        call.answer({{"wrote", wrote ? 1 : 0}});
    });
    ControlChannel channel = served.connect();
    const int given[] = {writing.get()};
    REQUIRE(channel.send(R"({"verb":"write"})", given));
    served.server->serve();
    Result<ControlMessage> message = channel.receive(patience);
    REQUIRE(message);
    CHECK(number_in(*read_answer(*message), "wrote") == 1);
    Result<Json> without = served.ask(channel, R"({"verb":"write"})");
    REQUIRE(without);
    CHECK(number_in(*without, "wrote") == 0);
    writing.reset();
    char byte = 0;
    CHECK(::read(reading.get(), &byte, 1) == 1);
    CHECK(byte == 'x');
    CHECK(::read(reading.get(), &byte, 1) == 0);  // nobody kept a copy
}

TEST_CASE("peers that say nothing do not keep others out") {
    Served served;
    served.server->on("count", [](const ControlCall& call) { call.answer({{"calls", 1}}); });
    std::vector<ControlChannel> silent;
    for (int i = 0; i < 50; ++i) {
        silent.push_back(served.connect());
        served.server->serve();
    }
    ControlChannel channel = served.connect();
    CHECK(served.ask(channel, R"({"verb":"count"})"));
}

TEST_CASE("one that steps aside leaves its name to a successor, and is still there under its own") {
    Served served;
    served.server->on("who", [](const ControlCall& call) { call.answer({{"who", 1}}); });
    REQUIRE(served.server->step_aside());
    Result<ControlChannel> nobody = connect_control(served.folder, control_name());
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().code == ErrorCode::not_found);
    ControlChannel old = served.connect(control_name(::getpid()));
    CHECK(served.ask(old, R"({"verb":"who"})"));
    {
        Result<ControlServer> successor = ControlServer::open(served.folder);
        REQUIRE(successor);
        CHECK(connect_control(served.folder, control_name()));
    }
    served.server.reset();
    CHECK(std::filesystem::is_empty(served.folder));
}

TEST_CASE("the socket of one that crashed is nobody's, and makes room") {
    Served served;
    std::filesystem::path name = served.folder + "/" + control_name();
    served.server.reset();
    listen_control(served.folder, control_name()).value().reset();  // its file stays
    CHECK(std::filesystem::exists(name));
    Result<ControlChannel> nobody = connect_control(served.folder, control_name());
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().code == ErrorCode::not_found);
    served.server.emplace(std::move(ControlServer::open(served.folder).value()));
    CHECK(connect_control(served.folder, control_name()));
}

}  // namespace
}  // namespace aihub::serve
