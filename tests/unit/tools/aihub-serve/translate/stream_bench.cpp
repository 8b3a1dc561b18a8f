// What a translated piece of a stream costs in CPU time, which stays the same on a busy machine: run by hand,
// in a release build, with `unit_tests "[.bench]"`.
#include <catch2/catch.hpp>
#include <ctime>
#include <iostream>

#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

using namespace aihub::translate;

namespace {

constexpr int pieces = 20'000;

std::string request_of(Api api) {
    if (api == Api::messages)
        return R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}],"stream":true})";
    if (api == Api::responses) return R"({"model":"m","input":"a","stream":true})";
    if (api == Api::completions || api == Api::ollama_generate)
        return R"({"model":"m","prompt":"a","stream":true})";
    return R"({"model":"m","messages":[{"role":"user","content":"a"}],"stream":true})";
}

// One piece of text as llama.cpp and Ollama write it.
std::string piece_of(Api api) {
    if (api == Api::chat)
        return "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\" word\"}}],"
               "\"created\":1700000000,\"id\":\"chatcmpl-pYJr1Nc7l3vuFYwyrqvPsqJ0YxHqc8kO\",\"model\":\"m\","
               "\"system_fingerprint\":\"b1-0000000\",\"object\":\"chat.completion.chunk\"}\n\n";
    return "{\"model\":\"m\",\"created_at\":\"2025-01-01T00:00:00.446085861Z\",\"message\":{\"role\":"
           "\"assistant\","
           "\"content\":\" word\"},\"done\":false}\n";
}

double cpu_microseconds() {
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) * 1e6 + static_cast<double>(spent.tv_nsec) / 1e3;
}

double microseconds_a_piece(Api from, Api to) {
    auto translation = translate(from, to, request_of(from), {"req_1", "m", "m", 1'700'000'000'000, {}});
    REQUIRE(translation);
    std::string piece = piece_of(to), out;
    REQUIRE((*translation)->feed(piece, out));
    double begin = cpu_microseconds();
    for (int i = 0; i < pieces; ++i) {
        out.clear();
        REQUIRE((*translation)->feed(piece, out));
    }
    double taken = cpu_microseconds() - begin;
    CHECK(out.find(" word") != std::string::npos);
    return taken / pieces;
}

}  // namespace

TEST_CASE("a piece of a translated stream", "[.bench]") {
    for (Api to : {Api::chat, Api::ollama_chat})
        for (Api from : {Api::chat, Api::completions, Api::responses, Api::messages, Api::ollama_chat,
                         Api::ollama_generate})
            std::cout << name_of(from) << " of a server that speaks " << name_of(to) << ": "
                      << microseconds_a_piece(from, to) << " us a piece\n";
}

TEST_CASE("a reply with a thousand embeddings", "[.bench]") {
    std::string vector = "[-0.012345678";
    for (int i = 1; i < 1024; ++i) vector += ",0.0" + std::to_string(1'000'000 + i * 7919);
    std::string reply = "{\"model\":\"m\",\"embeddings\":[" + vector + "]";
    for (int i = 1; i < 1000; ++i) reply += "," + vector + "]";
    reply += "],\"prompt_eval_count\":5}";
    for (std::string format : {"float", "base64"}) {
        auto translation = translate(Api::embeddings, Api::ollama_embed,
                                     R"({"model":"m","input":"a","encoding_format":")" + format + "\"}", {});
        REQUIRE(translation);
        double begin = cpu_microseconds();
        std::string out;
        REQUIRE((*translation)->feed(reply, out));
        REQUIRE((*translation)->end(out) == Verdict::whole);
        double taken = (cpu_microseconds() - begin) / 1000;
        std::cout << reply.size() / 1'000'000 << " MB of embeddings as " << format << ": " << taken
                  << " ms\n";
    }
}
