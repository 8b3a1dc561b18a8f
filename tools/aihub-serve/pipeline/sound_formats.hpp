// Readers of sound files as they stream by: WAV, FLAC, Ogg (Opus, Vorbis) and MP3. Each is shown the front of
// what has come, and says how much of that it has used and how much after it tells nothing. Nothing is
// decoded, and nothing that a header claims is believed against the bytes that are there. Plain values; any
// thread. What cannot be read is no error: then there is no length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace aihub::serve {

struct SoundTime {
    std::int64_t ms = 0;
    bool estimated = false;

    bool operator==(const SoundTime&) const = default;
};

// A reader that has this much of a file in front of it gets on.
constexpr std::size_t largest_front = 512;

struct Progress {
    static constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

    std::size_t used = 0;    // of the front; 0: more is needed
    std::uint64_t skip = 0;  // bytes after those
};

// The common shape. step(): `offset` is where in the file the front stands; nothing when this is no such file
// (any more). length(): for the `size` bytes that have come; nothing when that cannot be told.
class WavReader {
public:
    std::optional<Progress> step(std::string_view front, std::uint64_t offset);
    std::optional<SoundTime> length(std::uint64_t size) const;

private:
    bool read_format(std::string_view fields);

    std::uint64_t bytes_a_second_ = 0;
    bool exact_ = false;
    std::uint64_t begin_ = 0;  // of the samples
    std::uint64_t claimed_ = 0;
};

class FlacReader {
public:
    std::optional<Progress> step(std::string_view front, std::uint64_t offset);
    std::optional<SoundTime> length(std::uint64_t size) const;

private:
    bool read_stream_info(std::string_view fields);

    std::uint64_t rate_ = 0;
    std::uint64_t plain_bytes_a_second_ = 0;
    std::uint64_t samples_ = 0;  // 0: the encoder did not know
    std::uint64_t begin_ = 0;    // of the frames
};

class OggReader {
public:
    std::optional<Progress> step(std::string_view front, std::uint64_t offset);
    std::optional<SoundTime> length(std::uint64_t size) const;

private:
    void begin_stream(std::uint32_t serial, std::string_view packet);
    std::uint64_t stream_ms() const;

    std::uint64_t ended_ms_ = 0;  // streams before the one in hand
    std::uint64_t rate_ = 0;
    std::uint64_t skipped_samples_ = 0;
    std::uint64_t samples_ = 0;
    std::uint32_t serial_ = 0;
    std::uint64_t sound_bytes_ = 0;  // of pages that hold sound
};

class Mp3Reader {
public:
    static bool begins(std::string_view front);
    std::optional<Progress> step(std::string_view front, std::uint64_t offset);
    std::optional<SoundTime> length(std::uint64_t size) const;

private:
    std::uint32_t kind_ = 0;  // bits of the header that all frames share; 0: before the first
    std::uint64_t begin_ = 0;
    std::uint64_t rate_ = 0;
    std::uint64_t samples_ = 0;
    std::uint64_t framed_ = 0;  // bytes
};

}  // namespace aihub::serve
