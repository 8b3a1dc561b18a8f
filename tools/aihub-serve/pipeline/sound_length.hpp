// How long is the sound in a file that streams by? Its format is told by its first bytes, not by its name;
// what is in none of the known formats is estimated by its size. Incremental; keeps less than a kilobyte.
// One a file, on its loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tools/aihub-serve/pipeline/sound_containers.hpp"
#include "tools/aihub-serve/pipeline/sound_formats.hpp"

namespace aihub::serve {

// A compressed voice, as browsers and telephones record it: 64 kbit/s.
constexpr std::uint64_t usual_bytes_a_second = 8000;

class SoundLength {
public:
    void feed(std::string_view piece);
    // Of what has come so far.
    SoundTime length() const;

private:
    struct Undecided {};
    struct Unknown {};

    bool advance(std::string_view rest);
    std::optional<Progress> look(std::string_view front);
    std::optional<Progress> begin(std::string_view front);

    std::variant<Undecided, Unknown, WavReader, FlacReader, OggReader, Mp3Reader, Mp4Reader, WebmReader>
        reader_;
    std::uint64_t at_ = 0;    // where in the file the reader goes on
    std::string held_;        // what has come from there on and was not enough for it
    std::uint64_t size_ = 0;  // of all that has come
};

}  // namespace aihub::serve
