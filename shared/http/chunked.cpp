#include "shared/http/chunked.hpp"

#include <algorithm>
#include <charconv>

#include "shared/http/head.hpp"

namespace aihub::http {
namespace {

constexpr std::size_t most_digits = 15;
constexpr std::size_t most_extension_bytes = 4096;
constexpr std::size_t most_trailer_bytes = 8192;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::take_data(std::string_view& input, std::string_view& payload) {
    payload = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
    input.remove_prefix(payload.size());
    left_ -= payload.size();
    if (left_ == 0) state_ = State::data_cr;
    return Step::payload;
}

// What nearly every chunk has, read at once: the end of the data before it, or a size and nothing else. How
// long it is; 0: it looks otherwise or is not all here, so that it is read byte by byte.
std::size_t ChunkDecoder::take_usual_line(std::string_view input) {
    if (state_ == State::data_cr && input.starts_with("\r\n")) {
        begin_line();
        return 2;
    }
    if (state_ != State::size_start) return 0;
    const char* begin = input.data();
    std::uint64_t size = 0;
    const char* end = std::from_chars(begin, begin + std::min(input.size(), most_digits), size, 16).ptr;
    auto digits = static_cast<std::size_t>(end - begin);
    if (size == 0 || !input.substr(digits).starts_with("\r\n")) return 0;
    left_ = size;
    state_ = State::data;
    return digits + 2;
}

void ChunkDecoder::begin_line() {
    state_ = State::size_start;
    digits_ = 0;
    line_length_ = 0;
}

void ChunkDecoder::take_size_byte(char c) {
    int value = hex_value(c);
    if (value >= 0 && digits_ < most_digits) {
        left_ = left_ * 16 + static_cast<unsigned>(value);
        ++digits_;
        state_ = State::size;
    } else if (digits_ > 0 && c == '\r') {
        state_ = State::size_lf;
    } else if (digits_ > 0 && c == ';') {
        state_ = State::extension;
    } else {
        state_ = State::broken;
    }
}

void ChunkDecoder::take_trailer_byte(char c) {
    trailers_.push_back(c);
    if (trailers_.size() > most_trailer_bytes) {
        state_ = State::broken;
    } else if (trailers_ == "\r\n" || trailers_.ends_with("\r\n\r\n")) {
        trailers_.resize(trailers_.size() - 2);
        state_ = trailers_are_sound(trailers_) ? State::done : State::broken;
    }
}

void ChunkDecoder::take_byte(char c) {
    switch (state_) {
        case State::size_start:
        case State::size:
            take_size_byte(c);
            break;
        case State::extension:
            if (c == '\r')
                state_ = State::size_lf;
            else if (static_cast<unsigned char>(c) < 0x20 && c != '\t')
                state_ = State::broken;
            else if (++line_length_ > most_extension_bytes)
                state_ = State::broken;
            break;
        case State::size_lf:
            if (c != '\n')
                state_ = State::broken;
            else
                state_ = left_ > 0 ? State::data : State::trailer;
            break;
        case State::data_cr:
            state_ = c == '\r' ? State::data_lf : State::broken;
            break;
        case State::data_lf:
            if (c != '\n')
                state_ = State::broken;
            else
                begin_line();
            break;
        case State::trailer:
            take_trailer_byte(c);
            break;
        case State::data:
        case State::done:
        case State::broken:
            break;
    }
}

ChunkDecoder::Step ChunkDecoder::step(std::string_view& input, std::string_view& payload) {
    while (state_ != State::done && state_ != State::broken) {
        if (input.empty()) return Step::need_more;
        if (state_ == State::data) return take_data(input, payload);
        std::size_t used = take_usual_line(input);
        if (used == 0) take_byte(input.front());
        input.remove_prefix(std::max<std::size_t>(used, 1));
    }
    return state_ == State::done ? Step::done : Step::malformed;
}

std::size_t write_chunk_size(char* out, std::uint64_t size) {
    char* end = std::to_chars(out, out + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return static_cast<std::size_t>(end - out);
}

}  // namespace aihub::http
