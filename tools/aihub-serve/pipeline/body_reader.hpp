// What a request body says about its model, whatever its form: JSON or multipart; and how long the sound in
// it is. Feeds on pieces; one a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/json_scan.hpp"
#include "tools/aihub-serve/pipeline/multipart_scan.hpp"
#include "tools/aihub-serve/pipeline/sound_length.hpp"

namespace aihub::serve {

class BodyReader {
public:
    // `is_heard`: what is no form is the sound itself.
    explicit BodyReader(std::string_view content_type, bool is_heard = false) {
        if (istarts_with(content_type, "multipart/form-data")) multipart_.emplace(content_type);
        if (is_heard && !(multipart_ && multipart_->usable())) bare_sound_.emplace();
    }

    void feed(std::string_view piece) {
        if (multipart_)
            multipart_->feed(piece);
        else
            json_.feed(piece);
        if (bare_sound_) bare_sound_->feed(piece);
    }

    const std::optional<std::string>& model() const {
        return multipart_ ? multipart_->model() : json_.model();
    }
    Span model_span() const { return multipart_ ? multipart_->model_span() : json_.model_span(); }
    bool is_json() const { return !multipart_; }
    // What was read of it, where it is JSON.
    const JsonScan& json() const { return json_; }
    // Whether a stream is asked for, as far as has been read.
    std::optional<bool> stream() const { return json_.stream(); }
    bool ambiguous() const {
        return multipart_ ? multipart_->model_is_ambiguous() : json_.model_is_ambiguous();
    }
    SoundTime sound() const {
        if (bare_sound_) return bare_sound_->length();
        return multipart_ ? multipart_->sound() : SoundTime();
    }
    // No more text can tell.
    bool hopeless() const { return multipart_ ? !multipart_->usable() : json_.is_hopeless(); }

private:
    JsonScan json_;
    std::optional<MultipartScan> multipart_;
    std::optional<SoundLength> bare_sound_;
};

}  // namespace aihub::serve
