#include "tools/aihub-serve/services/capabilities.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

// "TVAES" with a dash for what is lacking.
std::string letters(Abilities abilities) {
    std::string text = "TVAES";
    for (Ability ability : all_abilities)
        if (!abilities.has(ability)) text[static_cast<std::size_t>(ability)] = '-';
    return text;
}

TEST_CASE("each type of model has its abilities") {
    const std::pair<const char*, const char*> rows[] = {
        {"text", "T----"},      {"vision", "TV---"},           {"omni", "TVA--"},
        {"embedding", "T--E-"}, {"vision-embedding", "TV-E-"}, {"audio", "--A--"},
        {"tts", "----S"}};
    for (const auto& [name, abilities] : rows) {
        INFO(name);
        REQUIRE(type_named(name));
        CHECK(type_name(*type_named(name)) == name);
        CHECK(letters(abilities_of(*type_named(name))) == abilities);
    }
    CHECK_FALSE(type_named("auto"));
    CHECK_FALSE(type_named(""));
}

TEST_CASE("models for speech, transcription and embeddings do not chat") {
    for (const char* name : {"text", "vision", "omni"}) CHECK(combine(*type_named(name), {}).chats());
    for (const char* name : {"embedding", "vision-embedding", "tts", "audio"})
        CHECK_FALSE(combine(*type_named(name), {}).chats());
}

TEST_CASE("the name suggests the type, the first hint wins") {
    const std::pair<const char*, const char*> rows[] = {
        {"tts-1", "tts"},
        {"my-Speech-model", "tts"},
        {"hifigan-vocoder", "tts"},
        {"OuteTTS-0.2", "tts"},
        {"parler-mini", "tts"},
        {"kokoro", "tts"},
        {"f5-tts", "tts"},
        {"F5TTS", "tts"},
        {"coqui/xtts-v2", "tts"},
        {"bark-small", "tts"},
        {"vits-ljs", "tts"},
        {"en_US-piper-medium", "tts"},
        {"silero-v3", "tts"},
        {"speecht5", "tts"},
        {"tortoise", "tts"},
        {"qwen2.5-omni:7b", "omni"},
        {"Qwen2-Audio-7B", "omni"},
        {"omni-tts", "tts"},
        {"whisper-1", "audio"},
        {"faster-whisper-large-v3", "audio"},
        {"nomic-embed-text:latest", "embedding"},
        {"text-embedding-qwen3-embedding-0.6b", "embedding"},
        {"bge-m3", "embedding"},
        {"all-minilm", "embedding"},
        {"nomic-embed-vision", "vision-embedding"},
        {"qwen3-vl-embedding", "vision-embedding"},
        {"qwen2-vl", "vision"},
        {"internlm_vl", "vision"},
        {"llama3.2-vision:11b", "vision"},
        {"llava:13b", "vision"},
        {"minicpm-v", "vision"},
        {"bakllava", "vision"},
        {"qwen2.5vl:7b", "vision"},
        {"qwen3-vl:8b", "vision"},
        {"pixtral-12b", "vision"},
        {"mistral-small3.1", "vision"},
        {"llama4:scout", "vision"},
        {"gemma3:4b", "vision"},
        {"gemma3:12b-it-qat", "vision"},
        {"gemma3", "vision"},
        {"google/gemma-3-27b-it", "vision"},
        {"gemma3:1b", "text"},
        {"gemma-3-1b-it", "text"},
        {"gemma3:270m", "text"},
        {"gemma3n:e4b", "text"},
        {"gemma2:9b", "text"},
        {"qwen3:4b", "text"},
        {"mistral-small:24b", "text"},
        {"", "text"},
    };
    for (const auto& [name, type] : rows) {
        INFO(name);
        CHECK(type_name(type_from_name(name)) == type);
    }
}

Capabilities said(const char* name, Abilities has, Abilities lacks) {
    Statement statement;
    statement.has = has;
    statement.lacks = lacks;
    return combine(type_from_name(name), statement);
}

TEST_CASE("what the server says comes before what the name suggests") {
    Capabilities seeing = said("plain", {Ability::text, Ability::vision}, {});
    CHECK(seeing.type == ModelType::vision);
    CHECK(letters(seeing.abilities) == "TV---");
    Capabilities blind = said("llava", {Ability::text}, {Ability::vision, Ability::audio, Ability::speech});
    CHECK(blind.type == ModelType::text);
    CHECK(letters(blind.abilities) == "T----");
    Capabilities hearing = said("plain", {Ability::text, Ability::audio}, {Ability::vision});
    CHECK(hearing.type == ModelType::omni);
    CHECK(letters(hearing.abilities) == "T-A--");
    Capabilities chatty =
        said("bark-chat", {Ability::text}, {Ability::vision, Ability::audio, Ability::speech});
    CHECK(chatty.type == ModelType::text);
    CHECK(letters(chatty.abilities) == "T----");
}

TEST_CASE("a model of which the server says only that it embeds is for embeddings") {
    Capabilities embedding = said("plain", {Ability::embedding}, {Ability::vision});
    CHECK(embedding.type == ModelType::embedding);
    CHECK(letters(embedding.abilities) == "T--E-");
    CHECK_FALSE(embedding.chats());
}

TEST_CASE("a model that completes and whose name says that it embeds does both") {
    Capabilities both = said("embed", {Ability::text}, {Ability::vision});
    CHECK(both.chats());
    CHECK(letters(both.abilities) == "T--E-");
}

TEST_CASE("a model that speaks and hears is what its service is for, and does both") {
    Statement both;
    both.has = {Ability::audio, Ability::speech};
    both.lacks = {Ability::text};
    for (ModelType type : {ModelType::tts, ModelType::audio}) {
        CHECK(combine(type, both).type == type);
        CHECK(letters(combine(type, both).abilities) == "--A-S");
    }
    CHECK(combine(ModelType::text, both).type == ModelType::audio);
    CHECK(said("whisper-1", {Ability::speech}, {}).type == ModelType::audio);
}

TEST_CASE("a model that speaks still chats when it is said to, or called omni") {
    Capabilities told = said("plain", {Ability::text, Ability::audio, Ability::speech}, {Ability::vision});
    CHECK(told.type == ModelType::omni);
    CHECK(letters(told.abilities) == "T-A-S");
    CHECK(said("qwen2.5-omni", {Ability::speech}, {}).type == ModelType::omni);
    CHECK(said("qwen2.5-omni", {Ability::speech}, {Ability::text, Ability::vision, Ability::audio}).type ==
          ModelType::tts);
    CHECK(said("plain", {Ability::speech}, {}).type == ModelType::tts);
}

TEST_CASE("a model for embeddings alone calls no tools, whatever its template could do") {
    Statement statement;
    CHECK(combine(ModelType::embedding, statement).tools == false);
    statement.tools = true;
    CHECK(combine(ModelType::embedding, statement).tools == false);
    CHECK(combine(ModelType::vision_embedding, statement).tools == false);
    statement.has = {Ability::text};
    CHECK(combine(ModelType::embedding, statement).tools == true);
}

TEST_CASE("tools and context are what the server says, or unknown") {
    Capabilities silent = combine(ModelType::text, {});
    CHECK_FALSE(silent.tools.has_value());
    CHECK_FALSE(silent.context_length.has_value());
    Statement statement;
    statement.tools = false;
    statement.context_length = 4096;
    CHECK(combine(ModelType::text, statement).tools == false);
    CHECK(combine(ModelType::text, statement).context_length == 4096U);
}

}  // namespace
}  // namespace aihub::serve
