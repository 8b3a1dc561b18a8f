// What a request body says about its model, whatever its form: JSON or multipart. Feeds on pieces; one a
// request.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/json_scan.hpp"
#include "tools/aihub-serve/pipeline/multipart_scan.hpp"

namespace aihub::serve {

class BodyReader {
public:
    explicit BodyReader(std::string_view content_type) {
        if (istarts_with(content_type, "multipart/form-data")) multipart_.emplace(content_type);
    }

    void feed(std::string_view piece) {
        if (multipart_)
            multipart_->feed(piece);
        else
            json_.feed(piece);
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
    // No more text can tell.
    bool hopeless() const { return multipart_ ? !multipart_->usable() : json_.is_hopeless(); }

private:
    JsonScan json_;
    std::optional<MultipartScan> multipart_;
};

}  // namespace aihub::serve
