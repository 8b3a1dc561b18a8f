#include "tools/aihub-serve/pipeline/sound_formats.hpp"

#include <algorithm>
#include <array>

namespace aihub::serve {
namespace {

std::uint64_t byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

std::uint64_t little(std::string_view text, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | byte_at(text, at + i);
    return value;
}

std::uint64_t big(std::string_view text, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | byte_at(text, at + i);
    return value;
}

// Of counts up to 2^63, at rates of a hundred and more.
std::uint64_t ms_of(std::uint64_t count, std::uint64_t per_second) {
    return count / per_second * 1000 + (count % per_second * 1000 + per_second / 2) / per_second;
}

SoundTime exactly(std::uint64_t ms) {
    return {static_cast<std::int64_t>(ms), false};
}
SoundTime about(std::uint64_t ms) {
    return {static_cast<std::int64_t>(ms), true};
}

bool is_sane_rate(std::uint64_t rate) {
    return rate >= 1000 && rate <= 768'000;
}

}  // namespace

// Microsoft's and IBM's RIFF: chunks of a name, a size and that many bytes, an odd one with a byte of
// padding.
std::optional<Progress> WavReader::step(std::string_view front, std::uint64_t offset) {
    constexpr std::size_t head = 8;
    constexpr std::size_t format = 16;
    if (front.size() < head) return Progress{};
    std::string_view name = front.substr(0, 4);
    std::uint64_t size = little(front, 4, 4);
    if (name == "data") {
        if (bytes_a_second_ == 0) return std::nullopt;
        begin_ = offset + head;
        claimed_ = size;
        return Progress{head, Progress::to_the_end};
    }
    if (name == "fmt ") {
        if (size < format) return std::nullopt;
        if (front.size() < head + format) return Progress{};
        if (!read_format(front.substr(head))) return std::nullopt;
    }
    return Progress{head, size + size % 2};
}

// The rate in bytes that such a header tells as well is believed only where it cannot be computed.
bool WavReader::read_format(std::string_view fields) {
    constexpr std::array<std::uint64_t, 5> plain_codings = {1, 3, 6, 7, 0xFFFE};  // PCM, float, A-law, µ-law
    std::uint64_t coding = little(fields, 0, 2);
    std::uint64_t channels = little(fields, 2, 2);
    std::uint64_t rate = little(fields, 4, 4);
    std::uint64_t told = little(fields, 8, 4);
    std::uint64_t bits = little(fields, 14, 2);
    exact_ = std::find(plain_codings.begin(), plain_codings.end(), coding) != plain_codings.end();
    if (!is_sane_rate(rate) || channels == 0 || channels > 64) return false;
    if (exact_ && (bits == 0 || bits > 64)) return false;
    bytes_a_second_ = exact_ ? rate * channels * ((bits + 7) / 8) : told;
    return bytes_a_second_ >= 100 && bytes_a_second_ <= 768'000ULL * 64 * 8;
}

// A size that nobody knew when the header was written is 0 or more than there is. One that leaves most of the
// file unsaid is not believed.
std::optional<SoundTime> WavReader::length(std::uint64_t size) const {
    if (begin_ == 0) return std::nullopt;
    std::uint64_t there = size - begin_;
    bool is_open = claimed_ == 0 || claimed_ == 0xFFFF'FFFF || claimed_ > there;
    bool is_small = !is_open && claimed_ < there / 2;
    std::uint64_t ms = ms_of(is_open || is_small ? there : claimed_, bytes_a_second_);
    return exact_ && !is_small ? exactly(ms) : about(ms);
}

// RFC 9639: after the mark, blocks of a byte of type, three of size; STREAMINFO is the first.
std::optional<Progress> FlacReader::step(std::string_view front, std::uint64_t offset) {
    constexpr std::size_t head = 4;
    constexpr std::size_t stream_info = 34;
    if (front.size() < head) return Progress{};
    bool is_last = (byte_at(front, 0) & 0x80) != 0;
    std::uint64_t size = big(front, 1, 3);
    if (rate_ == 0) {
        bool is_stream_info = (byte_at(front, 0) & 0x7F) == 0 && size == stream_info;
        if (!is_stream_info) return std::nullopt;
        if (front.size() < head + stream_info) return Progress{};
        if (!read_stream_info(front.substr(head))) return std::nullopt;
    }
    if (!is_last) return Progress{head, size};
    begin_ = offset + head + size;
    return Progress{head, Progress::to_the_end};
}

bool FlacReader::read_stream_info(std::string_view fields) {
    std::uint64_t packed = big(fields, 10, 8);
    std::uint64_t rate = packed >> 44;
    std::uint64_t channels = (packed >> 41 & 7) + 1;
    std::uint64_t bits = (packed >> 36 & 31) + 1;
    if (!is_sane_rate(rate)) return false;
    rate_ = rate;
    plain_bytes_a_second_ = rate * channels * ((bits + 7) / 8);
    samples_ = packed & 0xF'FFFF'FFFF;
    return true;
}

// What is packed is not larger than it was; where that does not hold, or the count is not told, it is taken
// for packed to six tenths, as sound usually is.
std::optional<SoundTime> FlacReader::length(std::uint64_t size) const {
    constexpr std::uint64_t slack = 4096;
    if (begin_ == 0 || size < begin_) return std::nullopt;
    std::uint64_t frames = size - begin_;
    std::uint64_t told = ms_of(samples_, rate_);
    bool is_sound =
        samples_ > 0 && frames <= ms_of(samples_ * 2, rate_) * plain_bytes_a_second_ / 1000 + slack;
    return is_sound ? exactly(told) : about(ms_of(frames, plain_bytes_a_second_ * 6 / 10));
}

// RFC 3533: pages of 27 bytes, a table of sizes, and what that says. A page's position is the count of
// samples up to its end.
std::optional<Progress> OggReader::step(std::string_view front, std::uint64_t) {
    constexpr std::size_t head = 27;
    constexpr std::size_t longest_first_packet = 30;
    constexpr std::uint64_t no_position = ~std::uint64_t{0};
    if (front.size() < head) return Progress{};
    if (!front.starts_with("OggS")) return std::nullopt;
    std::size_t segments = byte_at(front, 26);
    if (front.size() < head + segments) return Progress{};
    std::size_t body = 0;
    for (std::size_t i = 0; i < segments; ++i) body += byte_at(front, head + i);
    std::string_view packet = front.substr(head + segments);
    auto serial = static_cast<std::uint32_t>(little(front, 14, 4));
    bool begins_stream = (byte_at(front, 5) & 2) != 0;
    if (begins_stream) {
        std::size_t wanted = std::min(body, longest_first_packet);
        if (packet.size() < wanted) return Progress{};
        begin_stream(serial, packet.substr(0, wanted));
    }
    std::uint64_t position = little(front, 6, 8);
    bool holds_sound = rate_ > 0 && serial == serial_ && position > 0;
    if (holds_sound) sound_bytes_ += body;
    if (holds_sound && position != no_position) samples_ = std::max(samples_, position & (no_position >> 1));
    return Progress{head + segments, body};
}

// Opus (RFC 7845) counts at 48 kHz whatever it was fed with, and tells how much of its beginning is none.
void OggReader::begin_stream(std::uint32_t serial, std::string_view packet) {
    bool is_opus = packet.starts_with("OpusHead") && packet.size() >= 19;
    bool is_vorbis = packet.starts_with("\x01vorbis") && packet.size() >= 16;
    std::uint64_t rate = is_opus ? 48'000 : is_vorbis ? little(packet, 12, 4) : 0;
    if (!is_sane_rate(rate)) return;
    ended_ms_ += stream_ms();
    rate_ = rate;
    serial_ = serial;
    skipped_samples_ = is_opus ? little(packet, 10, 2) : 0;
    samples_ = 0;
}

std::uint64_t OggReader::stream_ms() const {
    return samples_ > skipped_samples_ ? ms_of(samples_ - skipped_samples_, rate_) : 0;
}

// Both codecs stay below a megabit a second: a position that says otherwise is not believed.
std::optional<SoundTime> OggReader::length(std::uint64_t) const {
    constexpr std::uint64_t most_bytes_a_ms = 125;
    constexpr std::uint64_t longest = 1'000'000'000'000;
    constexpr std::uint64_t slack = 4096;
    if (rate_ == 0 || ended_ms_ > longest) return std::nullopt;
    std::uint64_t ms = ended_ms_ + stream_ms();
    if (ms > longest || sound_bytes_ > ms * most_bytes_a_ms + slack) return std::nullopt;
    return exactly(ms);
}

namespace {

// Of MPEG audio, layer III (ISO 11172-3, 13818-3).
struct Frame {
    std::uint32_t kind = 0;
    std::uint64_t bytes = 0;
    std::uint64_t samples = 0;
    std::uint64_t rate = 0;
    std::size_t side_info = 0;
};

constexpr std::size_t frame_head = 4;
constexpr std::size_t longest_side_info = 32;

std::optional<Frame> frame_of(std::string_view front) {
    constexpr std::array<std::uint64_t, 16> kbits_of_1 = {0,   32,  40,  48,  56,  64,  80,  96,
                                                          112, 128, 160, 192, 224, 256, 320, 0};
    constexpr std::array<std::uint64_t, 16> kbits_of_2 = {0,  8,  16, 24,  32,  40,  48,  56,
                                                          64, 80, 96, 112, 128, 144, 160, 0};
    constexpr std::array<std::uint64_t, 4> rates = {44'100, 48'000, 32'000, 0};
    std::uint64_t head = big(front, 0, frame_head);
    std::uint64_t version = head >> 19 & 3;  // 3: MPEG 1, 2: MPEG 2, 0: the one that is called 2.5
    bool is_layer_3 = head >> 21 == 0x7FF && (head >> 17 & 3) == 1 && version != 1;
    std::uint64_t kbits = (version == 3 ? kbits_of_1 : kbits_of_2)[head >> 12 & 15];
    std::uint64_t rate = rates[head >> 10 & 3] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
    if (!is_layer_3 || kbits == 0 || rate == 0) return std::nullopt;
    bool is_mono = (head >> 6 & 3) == 3;
    Frame frame;
    frame.kind = static_cast<std::uint32_t>(head & 0xFFFE'0C00);
    frame.samples = version == 3 ? 1152 : 576;
    frame.rate = rate;
    frame.bytes = frame.samples / 8 * kbits * 1000 / rate + (head >> 9 & 1);
    frame.side_info = version == 3 ? (is_mono ? 17 : 32) : (is_mono ? 9 : 17);
    return frame;
}

// The first one may hold no sound but facts about the rest.
bool is_about_the_rest(const Frame& frame, std::string_view front) {
    std::string_view mark = front.substr(frame_head + frame.side_info, 4);
    return mark == "Xing" || mark == "Info";
}

}  // namespace

bool Mp3Reader::begins(std::string_view front) {
    return front.size() >= frame_head && frame_of(front);
}

// From frame to frame. Between them may be anything, which decoders look through as well.
std::optional<Progress> Mp3Reader::step(std::string_view front, std::uint64_t offset) {
    std::size_t wanted = kind_ == 0 ? frame_head + longest_side_info + 4 : frame_head;
    if (front.size() < wanted) return Progress{};
    std::optional<Frame> frame = frame_of(front);
    if (!frame || (kind_ != 0 && frame->kind != kind_)) {
        std::size_t next = front.find('\xFF', 1);
        return Progress{std::min(next, front.size()), 0};
    }
    bool counts = kind_ != 0 || !is_about_the_rest(*frame, front);
    if (kind_ == 0) {
        kind_ = frame->kind;
        begin_ = offset;
        rate_ = frame->rate;
    }
    framed_ += frame->bytes;
    if (counts) samples_ += frame->samples;
    return Progress{frame_head, frame->bytes - frame_head};
}

std::optional<SoundTime> Mp3Reader::length(std::uint64_t size) const {
    bool is_mostly_frames = kind_ != 0 && framed_ >= (size - begin_) / 2;
    if (!is_mostly_frames) return std::nullopt;
    return exactly(ms_of(samples_, rate_));
}

}  // namespace aihub::serve
