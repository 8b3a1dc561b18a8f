// Readers of the containers in which telephones and browsers record: MP4 (also .m4a and .mov) and WebM (also
// Matroska). Of the shape that sound_formats.hpp tells. Pictures may be in them too, so that they are
// believed up to the bytes of a film.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tools/aihub-serve/pipeline/sound_formats.hpp"

namespace aihub::serve {

class Mp4Reader {
public:
    static bool begins(std::string_view front);
    std::optional<Progress> step(std::string_view front, std::uint64_t offset);
    std::optional<SoundTime> length(std::uint64_t size) const;

private:
    std::uint64_t units_a_second_ = 0;
    std::uint64_t units_ = 0;
};

class WebmReader {
public:
    static bool begins(std::string_view front);
    std::optional<Progress> step(std::string_view front, std::uint64_t offset);
    std::optional<SoundTime> length(std::uint64_t size) const;

private:
    void note_block(std::string_view block);

    std::uint64_t unit_ns_ = 1'000'000;
    std::uint64_t cluster_ = 0;            // when it begins, in those units
    std::optional<std::uint64_t> latest_;  // of all blocks
};

}  // namespace aihub::serve
