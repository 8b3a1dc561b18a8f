// The look into a JSON body: the pieces change nothing, and where a strict parser accepts the document both
// agree on the model.
#include "tools/aihub-serve/pipeline/json_scan.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "shared/base/strings.hpp"
#include "tests/fuzz/fuzz.hpp"

using aihub::fuzz::require;
using aihub::serve::JsonScan;
using Json = nlohmann::json;

namespace {

// What a strict parser says: the members of the outermost object that could be meant by "model" or "stream".
struct Strict {
    bool is_object = false;
    int models = 0;
    int names = 0;
    int streams = 0;
    Json document;

    explicit Strict(std::string_view text) {
        auto count = [this](int depth, Json::parse_event_t event, Json& key) {
            if (event == Json::parse_event_t::key && depth == 1) note(key.get_ref<const std::string&>());
            return true;
        };
        document = Json::parse(text, count, false);
        is_object = document.is_object();
    }
    void note(std::string_view key) {
        if (aihub::iequals(key, "model")) ++models;
        if (aihub::iequals(key, "name")) ++names;
        if (aihub::iequals(key, "stream")) ++streams;
    }
    // The value of the one member of that name, in any case.
    const Json* member(std::string_view wanted) const {
        for (const auto& item : document.items())
            if (aihub::iequals(item.key(), wanted)) return &item.value();
        return nullptr;
    }
    std::optional<std::string> text_member(std::string_view wanted) const {
        const Json* value = member(wanted);
        if (!value || !value->is_string() || value->get_ref<const std::string&>().empty())
            return std::nullopt;
        return value->get<std::string>();
    }
};

void compare(const JsonScan& scan, const Strict& strict) {
    require(!scan.is_hopeless(), "an object that is JSON is not hopeless");
    if (strict.models > 1) require(scan.model_is_ambiguous(), "a model that stands twice is ambiguous");
    if (strict.models <= 1 && strict.names <= 1)
        require(!scan.model_is_ambiguous(), "one member is not ambiguous");
    constexpr std::size_t surely_kept = 150;  // an escape takes six bytes at most, and 1,024 are kept
    std::optional<std::string> model = strict.text_member("model");
    if (!model) model = strict.text_member("name");
    bool comparable = strict.models <= 1 && strict.names <= 1 && (!model || model->size() <= surely_kept);
    if (comparable) require(scan.model() == model, "the model is the one that a parser finds");
    const Json* stream = strict.streams == 1 ? strict.member("stream") : nullptr;
    if (stream && stream->is_boolean())
        require(scan.stream() == stream->get<bool>(), "stream is what a parser finds");
}

// An early answer is acted on: it may only be taken back as ambiguous.
void check_early(std::string_view text, const JsonScan& whole) {
    JsonScan pieces;
    std::optional<std::string> early;
    aihub::fuzz::in_pieces(text, [&](std::string_view piece) {
        pieces.feed(piece);
        if (!early) early = pieces.model();
    });
    if (early) require(whole.model() == early || whole.model_is_ambiguous(), "an early answer is the answer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = aihub::fuzz::text_of(data, size);
    JsonScan whole;
    whole.feed(text);
    JsonScan pieces;
    aihub::fuzz::in_pieces(text, [&](std::string_view piece) { pieces.feed(piece); });
    require(whole.model() == pieces.model() && whole.stream() == pieces.stream(), "pieces change nothing");
    require(whole.model_is_ambiguous() == pieces.model_is_ambiguous(), "pieces do not change the doubt");
    require(whole.is_hopeless() == pieces.is_hopeless(), "pieces do not change the verdict");
    check_early(text, whole);

    Strict strict(text);
    if (strict.is_object) compare(whole, strict);
    return 0;
}
