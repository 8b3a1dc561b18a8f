#include "tools/aihub-serve/services/capabilities.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

struct TypeRow {
    ModelType type;
    std::string_view name;
    Abilities abilities;
};

constexpr Ability T = Ability::text;
constexpr Ability V = Ability::vision;
constexpr Ability A = Ability::audio;
constexpr Ability E = Ability::embedding;
constexpr Ability S = Ability::speech;

constexpr std::array types = {
    TypeRow{ModelType::text, "text", {T}},
    TypeRow{ModelType::vision, "vision", {T, V}},
    TypeRow{ModelType::omni, "omni", {T, V, A}},
    TypeRow{ModelType::embedding, "embedding", {T, E}},
    TypeRow{ModelType::vision_embedding, "vision-embedding", {T, V, E}},
    TypeRow{ModelType::tts, "tts", {S}},
    TypeRow{ModelType::audio, "audio", {A}},
};

constexpr std::array<std::string_view, 17> speech_hints = {
    "tts",  "speech", "vocoder", "outetts", "parler", "kokoro",   "f5-tts",   "f5tts",  "coqui",
    "xtts", "bark",   "vits",    "piper",   "silero", "speecht5", "tortoise", "orpheus"};
constexpr std::array<std::string_view, 2> omni_hints = {"omni", "qwen2-audio"};
constexpr std::array<std::string_view, 2> audio_hints = {"whisper", "parakeet"};
constexpr std::array<std::string_view, 16> vision_hints = {
    "-vl",       "_vl",      "vision",           "llava",           "minicpm-v", "bakllava",
    "qwen2.5vl", "qwen3vl",  "pixtral",          "moondream",       "llama4",    "llama-4",
    "smolvlm",   "internvl", "mistral-small3.1", "mistral-small3.2"};
constexpr std::array<std::string_view, 3> embedding_hints = {"embed", "bge-", "all-minilm"};

bool hints(std::string_view name, const auto& list) {
    return std::any_of(list.begin(), list.end(),
                       [&](std::string_view hint) { return name.find(hint) != std::string_view::npos; });
}

// gemma3 sees from its 4b on: "gemma3:12b", "gemma-3-4b-it"; "gemma3" alone is Ollama's 4b.
bool is_seeing_gemma(std::string_view name) {
    if (name.find("gemma3n") != std::string_view::npos) return false;
    bool gemma3 =
        name.find("gemma3") != std::string_view::npos || name.find("gemma-3-") != std::string_view::npos;
    return gemma3 && name.find("270m") == std::string_view::npos &&
           name.find(":1b") == std::string_view::npos && name.find("-1b") == std::string_view::npos;
}

bool is_seeing(std::string_view name) {
    return hints(name, vision_hints) || is_seeing_gemma(name);
}

// An embedding model reads text; only a server that says so itself has one that also answers in text.
bool completes(ModelType otherwise, const Statement& statement) {
    bool embeds =
        otherwise == ModelType::embedding || otherwise == ModelType::vision_embedding || statement.has.has(E);
    return statement.has.has(T) || !embeds;
}

// Beside speech, text is but a guess where nobody says it and the name does not say "omni".
bool talks(Abilities abilities, ModelType otherwise, const Statement& statement) {
    return statement.has.has(T) || (abilities.has(T) && otherwise == ModelType::omni);
}

// What the abilities make of a model for which `otherwise` was believed. One that both speaks and hears is
// what its service is for, or its name suggests.
ModelType type_of(Abilities abilities, ModelType otherwise, const Statement& statement) {
    if (abilities.has(S) && !talks(abilities, otherwise, statement))
        return abilities.has(A) && otherwise != ModelType::tts ? ModelType::audio : ModelType::tts;
    if (abilities.has(E) && !completes(otherwise, statement))
        return abilities.has(V) ? ModelType::vision_embedding : ModelType::embedding;
    if (abilities.has(A)) return abilities.has(T) ? ModelType::omni : ModelType::audio;
    return abilities.has(V) ? ModelType::vision : ModelType::text;
}

}  // namespace

std::string_view ability_name(Ability ability) {
    constexpr std::array<std::string_view, 5> names = {"text", "vision", "audio", "embedding", "tts"};
    return names[static_cast<std::size_t>(ability)];
}

std::string_view type_name(ModelType type) {
    return types[static_cast<std::size_t>(type)].name;
}

std::optional<ModelType> type_named(std::string_view name) {
    for (const TypeRow& row : types)
        if (row.name == name) return row.type;
    return std::nullopt;
}

Abilities abilities_of(ModelType type) {
    return types[static_cast<std::size_t>(type)].abilities;
}

bool Capabilities::chats() const {
    return type == ModelType::text || type == ModelType::vision || type == ModelType::omni;
}

bool Capabilities::embeds_only() const {
    return type == ModelType::embedding || type == ModelType::vision_embedding;
}

ModelType type_from_name(std::string_view name) {
    std::string lower = to_lower(name);
    if (hints(lower, speech_hints)) return ModelType::tts;
    if (hints(lower, omni_hints)) return ModelType::omni;
    if (hints(lower, audio_hints)) return ModelType::audio;
    if (hints(lower, embedding_hints))
        return is_seeing(lower) ? ModelType::vision_embedding : ModelType::embedding;
    return is_seeing(lower) ? ModelType::vision : ModelType::text;
}

Capabilities combine(ModelType otherwise, const Statement& statement) {
    Capabilities result;
    result.abilities = abilities_of(otherwise).with(statement.has).without(statement.lacks);
    result.type = type_of(result.abilities, otherwise, statement);
    if (result.has(E)) result.abilities = result.abilities.with({T});
    result.tools = result.embeds_only() ? std::optional(false) : statement.tools;
    result.context_length = statement.context_length;
    return result;
}

}  // namespace aihub::serve
