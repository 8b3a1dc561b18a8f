// The look into a JSON body: the pieces change nothing, and where a strict parser accepts the document both
// agree on the model.
#include "tools/aihub-serve/pipeline/json_scan.hpp"

#include <nlohmann/json.hpp>

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
        if (aihub::iequals(key, "stream")) ++streams;
    }
};

void compare(const JsonScan& scan, const Strict& strict) {
    require(!scan.is_hopeless(), "an object that is JSON is not hopeless");
    constexpr std::size_t surely_kept = 150;  // an escape takes six bytes at most, and 1,024 are kept
    auto model = strict.document.find("model");
    bool comparable = strict.models == 1 && model != strict.document.end() && model->is_string() &&
                      model->get_ref<const std::string&>().size() <= surely_kept;
    if (comparable)
        require(scan.model() == model->get<std::string>(), "the model is the one that a parser finds");
    auto stream = strict.document.find("stream");
    if (strict.streams == 1 && stream != strict.document.end() && stream->is_boolean())
        require(scan.stream() == stream->get<bool>(), "stream is what a parser finds");
    if (strict.models <= 1 && strict.streams <= 1)
        require(!scan.model_is_ambiguous(), "one member is not ambiguous");
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

    Strict strict(text);
    if (strict.is_object) compare(whole, strict);
    return 0;
}
