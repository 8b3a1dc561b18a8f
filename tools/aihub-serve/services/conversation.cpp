// Only strings count, and only as values: what clients add, reorder or move between two turns (cache marks,
// the form of `content`, parameters) changes none of them.
#include "tools/aihub-serve/services/conversation.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace aihub::serve {
namespace {

constexpr std::size_t beginning = 4096;  // of a string; its length counts beyond it
constexpr std::size_t deepest = 64;

std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
    std::uint64_t hash = 0xCBF29CE484222325U ^ (seed * 0x9E3779B97F4A7C15U) ^ text.size();
    for (char c : text.substr(0, beginning)) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    hash ^= hash >> 32;
    return hash * 0x9E3779B97F4A7C15U;
}

// What of the outermost object counts.
enum class Part : std::uint8_t { other, model, system, messages, cache_key };

Part part_of(std::string_view key) {
    if (key == "model") return Part::model;
    if (key == "system" || key == "instructions") return Part::system;
    if (key == "messages" || key == "input") return Part::messages;
    if (key == "prompt_cache_key") return Part::cache_key;
    return Part::other;
}

bool is_mute(std::string_view key) {
    return key == "type" || key == "cache_control" || key == "id";
}

bool is_system(std::string_view role) {
    return role == "system" || role == "developer";
}

// Walks over JSON that may be cut off anywhere; what is malformed ends the walk, and what was seen counts.
class Walk {
public:
    explicit Walk(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

    std::uint64_t conversation() {
        while (at_ != end_ && !over_) step(*at_++);
        if (cache_key_ != 0) return cache_key_;
        if (first_ == 0) return 0;
        return hash_of("", fixed_ ^ first_) | 1;
    }

private:
    struct Level {
        bool is_object;
        bool expects_key;
        bool mute;  // what stands here, or below the key at hand, does not count
        bool key_is_mute = false;
        bool key_is_role = false;
    };

    void step(char c) {
        switch (c) {
            case '{':
            case '[':
                return open(c == '{');
            case '}':
            case ']':
                return close();
            case '"':
                return take_string();
            case ',':
                if (!levels_.empty() && levels_.back().is_object) levels_.back().expects_key = true;
                return;
            default:
                return;
        }
    }

    bool is_mute_here() const {
        return !levels_.empty() && (levels_.back().mute || levels_.back().key_is_mute);
    }

    void open(bool is_object) {
        if (levels_.size() == deepest || (levels_.empty() && !is_object)) {
            over_ = true;
            return;
        }
        if (levels_.size() == 2 && part_ == Part::messages) begin_message();
        levels_.push_back({is_object, is_object, is_mute_here()});
    }

    void close() {
        if (levels_.empty()) return;
        levels_.pop_back();
        if (levels_.size() == 2 && part_ == Part::messages) end_message();
        if (levels_.empty()) over_ = true;
    }

    void begin_message() {
        message_ = 1;
        message_is_system_ = false;
    }

    // Once the first message is known, what else the body says of the conversation is that it goes on.
    void end_message() {
        if (first_ == 0) (message_is_system_ ? fixed_ : first_) += message_;
    }

    void take_string() {
        const char* begin = at_;
        if (!skip_string()) return;
        std::string_view text(begin, static_cast<std::size_t>(at_ - 1 - begin));
        if (levels_.empty()) return;
        if (levels_.back().expects_key)
            take_key(text);
        else
            take_value(text);
    }

    // To behind the closing quote; false when there is none.
    bool skip_string() {
        for (;;) {
            const char* quote =
                static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
            if (!quote) break;
            const char* before = quote;
            while (before != at_ && before[-1] == '\\') --before;
            at_ = quote + 1;
            if ((quote - before) % 2 == 0) return true;
        }
        at_ = end_;
        return false;
    }

    void take_key(std::string_view key) {
        Level& level = levels_.back();
        level.expects_key = false;
        level.key_is_mute = is_mute(key);
        level.key_is_role = key == "role";
        if (levels_.size() == 1) part_ = part_of(key);
    }

    void take_value(std::string_view text) {
        if (is_mute_here() && levels_.size() > 1) return;
        if (part_ == Part::cache_key && levels_.size() == 1) cache_key_ = conversation_of_session(text);
        if (part_ == Part::messages) return take_of_message(text);
        if (first_ == 0 && (part_ == Part::model || part_ == Part::system))
            fixed_ += hash_of(text, static_cast<std::uint64_t>(part_));
    }

    void take_of_message(std::string_view text) {
        if (levels_.size() == 1 && first_ == 0) first_ = hash_of(text, 7);  // the whole input is one string
        if (levels_.size() == 3 && levels_.back().key_is_role) message_is_system_ = is_system(text);
        if (levels_.size() >= 3) message_ = hash_of(text, message_);
    }

    const char* at_;
    const char* end_;
    bool over_ = false;
    std::vector<Level> levels_;
    Part part_ = Part::other;  // that the walk is in
    std::uint64_t message_ = 0;
    bool message_is_system_ = false;
    std::uint64_t fixed_ = 0;  // model and system prompts, in whatever order
    std::uint64_t first_ = 0;
    std::uint64_t cache_key_ = 0;
};

}  // namespace

std::uint64_t conversation_of(std::string_view json_body) {
    return Walk(json_body).conversation();
}

std::uint64_t conversation_of_session(std::string_view session) {
    return session.empty() ? 0 : hash_of(session, 11) | 1;
}

}  // namespace aihub::serve
