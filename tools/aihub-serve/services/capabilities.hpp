// What a model can do, and how that is found out: from what its server says, else from its name. Pure, any
// thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace aihub::serve {

// What a model takes (text, vision, audio) and what else than text it makes (embedding, speech).
enum class Ability : std::uint8_t { text, vision, audio, embedding, speech };
inline constexpr Ability all_abilities[] = {Ability::text, Ability::vision, Ability::audio,
                                            Ability::embedding, Ability::speech};
// As lists show it: "text", …, "tts" for speech.
std::string_view ability_name(Ability ability);

class Abilities {
public:
    constexpr Abilities() = default;
    constexpr Abilities(std::initializer_list<Ability> abilities) {
        for (Ability ability : abilities) bits_ |= bit(ability);
    }

    constexpr bool has(Ability ability) const { return (bits_ & bit(ability)) != 0; }
    constexpr bool empty() const { return bits_ == 0; }
    constexpr Abilities with(Abilities more) const { return Abilities(bits_ | more.bits_); }
    constexpr Abilities without(Abilities less) const { return Abilities(bits_ & ~less.bits_); }
    constexpr bool operator==(const Abilities&) const = default;

private:
    explicit constexpr Abilities(unsigned bits) : bits_(bits) {}
    static constexpr unsigned bit(Ability ability) { return 1U << static_cast<unsigned>(ability); }

    unsigned bits_ = 0;
};

enum class ModelType : std::uint8_t { text, vision, omni, embedding, vision_embedding, tts, audio };
// "text", …, "vision-embedding".
std::string_view type_name(ModelType type);
std::optional<ModelType> type_named(std::string_view name);
Abilities abilities_of(ModelType type);

struct Capabilities {
    ModelType type = ModelType::text;
    Abilities abilities = {Ability::text};
    std::optional<bool> tools;                    // nothing: nobody says
    std::optional<std::uint64_t> context_length;  // tokens

    bool has(Ability ability) const { return abilities.has(ability); }
    // Answers to messages, as against models for embeddings, speech and transcription only.
    bool chats() const;
    // For vectors alone: it reads text, but calls no tools, whatever its chat template could do.
    bool embeds_only() const;
    bool operator==(const Capabilities&) const = default;
};

// What a server says of a model's abilities; what it does not mention is in neither set.
struct Statement {
    Abilities has;
    Abilities lacks;
    std::optional<bool> tools;
    std::optional<std::uint64_t> context_length;

    bool operator==(const Statement&) const = default;
};

// The type that the name suggests: "nomic-embed-text" is for embeddings.
ModelType type_from_name(std::string_view name);

// `otherwise` is believed where the statement says nothing.
Capabilities combine(ModelType otherwise, const Statement& statement);

}  // namespace aihub::serve
