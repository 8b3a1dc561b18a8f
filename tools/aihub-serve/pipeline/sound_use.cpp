#include "tools/aihub-serve/pipeline/sound_use.hpp"

#include <algorithm>

#include "tools/aihub-serve/pipeline/inference.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::serve {
namespace {

// Code points, which is what speech is priced by.
std::int64_t characters_of(std::string_view text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

// Where more came than memory keeps, its length stands for the text.
SoundUse spoken(const OutgoingBody& body) {
    std::string_view text = body.beginning();
    bool is_all = text.size() == body.size_so_far();
    Result<translate::Json> request = translate::read_json(is_all ? text : std::string_view());
    if (request && request->is_object()) {
        auto input = request->find("input");
        if (input != request->end() && input->is_string())
            return {.characters = characters_of(input->get_ref<const std::string&>())};
    }
    return {.characters = static_cast<std::int64_t>(body.size_so_far()), .estimated = true};
}

// A server that counts this request in tokens is paid for those.
SoundUse heard(const Exchange& x, const OutgoingBody& body) {
    const std::optional<TranscriptScan>& transcript = x.usage.transcript();
    if (transcript && transcript->counts_tokens() && x.usage.counts().in) return {};
    if (transcript && transcript->ms()) return {.audio_ms = *transcript->ms()};
    SoundTime sound = body.is_read() ? body.reader().sound() : SoundTime();
    return {.audio_ms = sound.ms, .estimated = sound.estimated};
}

}  // namespace

void note_sound(Exchange& x, const OutgoingBody& body) {
    if (is_speech(x)) return x.usage.set_sound(spoken(body));
    if (!is_transcription(x)) return;
    x.usage.set_sound(heard(x, body));
    if (x.room == Room::prefix && x.model.empty()) x.model = body.reader().model().value_or(std::string());
}

}  // namespace aihub::serve
