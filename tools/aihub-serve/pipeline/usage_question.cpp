#include "tools/aihub-serve/pipeline/usage_question.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/json_members.hpp"

namespace aihub::serve {
namespace {

constexpr std::string_view question = "\"include_usage\":true";

// The same options with the question in them, at `begin` of the body.
std::optional<Edit> question_among(std::string_view options, std::uint64_t begin) {
    std::optional<JsonObject> object = read_object(options);
    if (!object) return std::nullopt;
    const JsonMember* present = nullptr;
    for (const JsonMember& member : object->members) {
        if (!iequals(member.key, "include_usage")) continue;
        if (present) return std::nullopt;
        present = &member;
    }
    if (!present) {
        std::uint64_t inside = begin + object->braces.begin + 1;
        return Edit{{inside, inside}, std::string(question) + (object->members.empty() ? "" : ",")};
    }
    if (text_of(options, present->value) == "true") return std::nullopt;
    return Edit{{begin + present->value.begin, begin + present->value.end}, "true"};
}

}  // namespace

std::optional<Edit> question_for_usage(const JsonScan& request) {
    if (!request.is_done() || !request.stream().value_or(false)) return std::nullopt;
    const StreamOptions& options = request.stream_options();
    if (options.is_twofold) return std::nullopt;
    if (!options.present) {
        std::uint64_t inside = request.object_begin() + 1;
        return Edit{{inside, inside}, "\"stream_options\":{" + std::string(question) + "},"};
    }
    if (options.text == "null") return Edit{options.span, "{" + std::string(question) + "}"};
    return question_among(options.text, options.span.begin);
}

}  // namespace aihub::serve
