#include "tools/aihub-serve/pipeline/sound_containers.hpp"

#include <algorithm>
#include <bit>

namespace aihub::serve {
namespace {

std::uint64_t big(std::string_view text, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(text[at + i]);
    return value;
}

// Between some hundred bits a second and eight megabits: beyond, a length is not believed.
std::optional<SoundTime> believed(double ms, std::uint64_t size) {
    constexpr double most_bytes_a_ms = 1000;
    constexpr double least_bytes_a_ms = 0.05;
    constexpr double slack = 65'536;
    constexpr double longest = 1e12;
    auto bytes = static_cast<double>(size);
    if (!(ms > 0) || ms > longest) return std::nullopt;
    if (bytes > ms * most_bytes_a_ms + slack || bytes < ms * least_bytes_a_ms) return std::nullopt;
    return SoundTime{static_cast<std::int64_t>(ms + 0.5), false};
}

}  // namespace

bool Mp4Reader::begins(std::string_view front) {
    return front.substr(4, 4) == "ftyp";
}

// ISO 14496-12: boxes of a size (of all of it) and a type. The header of the film, `mvhd` in `moov`, tells
// its length; it may stand behind the sound.
std::optional<Progress> Mp4Reader::step(std::string_view front, std::uint64_t) {
    constexpr std::size_t usual_head = 8;
    constexpr std::size_t large_head = 16;
    constexpr std::size_t film_header = 32;  // as far as its length
    if (front.size() < large_head) return Progress{};
    std::uint64_t size = big(front, 0, 4);
    std::string_view type = front.substr(4, 4);
    std::size_t head = size == 1 ? large_head : usual_head;
    if (size == 1) size = big(front, 8, 8);
    if (size == 0) return Progress{head, Progress::to_the_end};
    if (size < head) return std::nullopt;
    if (type == "moov") return Progress{head, 0};
    if (type != "mvhd") return Progress{head, size - head};
    if (front.size() < head + film_header) return Progress{};
    bool is_wide = front[head] == 1;
    units_a_second_ = big(front, head + (is_wide ? 20 : 12), 4);
    units_ = is_wide ? big(front, head + 24, 8) : big(front, head + 16, 4);
    return Progress{head, Progress::to_the_end};
}

std::optional<SoundTime> Mp4Reader::length(std::uint64_t size) const {
    if (units_a_second_ == 0) return std::nullopt;
    return believed(static_cast<double>(units_) * 1000 / static_cast<double>(units_a_second_), size);
}

namespace {

enum Element : std::uint64_t {
    segment = 0x1853'8067,
    info = 0x1549'A966,
    unit = 0x2AD7B1,
    cluster = 0x1F43'B675,
    cluster_time = 0xE7,
    simple_block = 0xA3,
    block_group = 0xA0,
    block = 0xA1,
};

// How many bytes a number has that begins with this one; more than eight: it is none.
std::size_t number_size(char first) {
    return static_cast<std::size_t>(std::countl_zero(static_cast<unsigned char>(first))) + 1;
}

bool holds_elements(std::uint64_t id) {
    return id == segment || id == info || id == cluster || id == block_group;
}

}  // namespace

bool WebmReader::begins(std::string_view front) {
    return front.starts_with("\x1A\x45\xDF\xA3");
}

// RFC 8794: elements of a name and a size, both numbers that tell their own size. Those that hold others are
// stepped into, also where their own size is not told; every block of sound tells when it is.
std::optional<Progress> WebmReader::step(std::string_view front, std::uint64_t) {
    constexpr std::size_t longest_name = 4;
    constexpr std::size_t longest_size = 8;
    constexpr std::size_t wanted = 10;  // of a number, or of a block
    if (front.empty()) return Progress{};
    std::size_t name = number_size(front[0]);
    if (name > longest_name) return std::nullopt;
    if (front.size() <= name) return Progress{};
    std::size_t head = name + number_size(front[name]);
    if (head - name > longest_size) return std::nullopt;
    if (front.size() < head) return Progress{};
    std::uint64_t id = big(front, 0, name);
    std::uint64_t all_ones = (std::uint64_t{1} << (7 * (head - name))) - 1;
    std::uint64_t size = big(front, name, head - name) & all_ones;
    if (holds_elements(id)) return Progress{head, 0};
    if (size == all_ones) return std::nullopt;
    std::size_t content = static_cast<std::size_t>(std::min<std::uint64_t>(size, wanted));
    bool tells_time = id == unit || id == cluster_time || id == simple_block || id == block;
    if (!tells_time) return Progress{head, size};
    if (front.size() < head + content) return Progress{};
    std::string_view value = front.substr(head, content);
    if (id == simple_block || id == block)
        note_block(value);
    else if (size <= 8)
        (id == unit ? unit_ns_ : cluster_) = big(value, 0, content);
    return Progress{head, size};
}

// A track's number, then the time after the cluster's in two bytes with a sign.
void WebmReader::note_block(std::string_view block) {
    constexpr std::uint64_t furthest = std::uint64_t{1} << 40;
    std::size_t track = block.empty() ? 0 : number_size(block[0]);
    if (track == 0 || block.size() < track + 2 || cluster_ > furthest) return;
    auto after = static_cast<std::int16_t>(big(block, track, 2));
    std::int64_t time = static_cast<std::int64_t>(cluster_) + after;
    latest_ = std::max(latest_.value_or(0), static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0)));
}

std::optional<SoundTime> WebmReader::length(std::uint64_t size) const {
    if (!latest_) return std::nullopt;
    return believed(static_cast<double>(*latest_) * static_cast<double>(unit_ns_) / 1e6, size);
}

}  // namespace aihub::serve
