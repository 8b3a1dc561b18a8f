#include "tools/aihub-serve/pipeline/sound_length.hpp"

#include <algorithm>

namespace aihub::serve {
namespace {

constexpr std::size_t mark = 12;  // bytes that tell a format

// The size of a tag, in seven bits a byte (ID3 version 2).
std::uint64_t tag_size(std::string_view front) {
    std::uint64_t size = 0;
    for (std::size_t i = 6; i < 10; ++i) size = size << 7 | (static_cast<unsigned char>(front[i]) & 0x7F);
    return size;
}

}  // namespace

void SoundLength::feed(std::string_view piece) {
    std::uint64_t begin = size_;
    size_ += piece.size();
    bool goes_on = !std::holds_alternative<Unknown>(reader_);
    while (goes_on && at_ + held_.size() < size_)
        goes_on = advance(piece.substr(static_cast<std::size_t>(at_ + held_.size() - begin)));
}

// `rest`: what is not held. False when nothing more can be made of it.
bool SoundLength::advance(std::string_view rest) {
    std::size_t held = held_.size();
    if (held > 0) held_.append(rest.substr(0, largest_front - held));
    std::string_view front = held > 0 ? std::string_view(held_) : rest;
    std::optional<Progress> progress = look(front);
    bool is_lost = !progress || (progress->used == 0 && front.size() >= largest_front);
    if (is_lost) {
        reader_ = Unknown{};
        held_ = std::string();
        return false;
    }
    if (progress->used == 0) {
        if (held == 0) held_ = std::string(rest);
        return false;
    }
    std::uint64_t most = Progress::to_the_end - at_ - progress->used;
    std::uint64_t moved = progress->used + std::min(progress->skip, most);
    at_ += moved;
    held_.resize(held);
    held_.erase(0, static_cast<std::size_t>(std::min<std::uint64_t>(moved, held)));
    return true;
}

std::optional<Progress> SoundLength::look(std::string_view front) {
    if (std::holds_alternative<Undecided>(reader_)) return begin(front);
    auto step = [&](auto& reader) -> std::optional<Progress> {
        if constexpr (requires { reader.step(front, at_); }) return reader.step(front, at_);
        return std::nullopt;
    };
    return std::visit(step, reader_);
}

std::optional<Progress> SoundLength::begin(std::string_view front) {
    if (front.size() < mark) return Progress{};
    if (front.starts_with("ID3")) return Progress{10, tag_size(front)};
    if ((front.starts_with("RIFF") || front.starts_with("RF64")) && front.substr(8, 4) == "WAVE") {
        reader_ = WavReader();
        return Progress{mark, 0};
    }
    if (front.starts_with("fLaC")) {
        reader_ = FlacReader();
        return Progress{4, 0};
    }
    if (front.starts_with("OggS")) return reader_.emplace<OggReader>().step(front, at_);
    if (Mp4Reader::begins(front)) return reader_.emplace<Mp4Reader>().step(front, at_);
    if (WebmReader::begins(front)) return reader_.emplace<WebmReader>().step(front, at_);
    if (Mp3Reader::begins(front)) return reader_.emplace<Mp3Reader>().step(front, at_);
    return std::nullopt;
}

SoundTime SoundLength::length() const {
    auto measure = [&](const auto& reader) -> std::optional<SoundTime> {
        if constexpr (requires { reader.length(size_); }) return reader.length(size_);
        return std::nullopt;
    };
    SoundTime by_size{static_cast<std::int64_t>(size_ * 1000 / usual_bytes_a_second), true};
    return std::visit(measure, reader_).value_or(by_size);
}

}  // namespace aihub::serve
