// The chunked transfer coding, read strictly (RFC 9112 section 7.1): sizes of 1 to 15 hex digits, CRLF and
// nothing else at the end of a line. Incremental; one decoder a body; not shared between threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::http {

class ChunkDecoder {
public:
    enum class Step {
        need_more,  // everything given was used
        payload,    // `payload` is set: decoded bytes, a view into the input
        done,       // the last chunk and the trailers are read; what follows belongs to the next message
        malformed,
    };

    // Takes from the front of `input` what it could use, at most up to the end of one chunk's data.
    Step step(std::string_view& input, std::string_view& payload);

    // Trailer lines as they came, each with its CRLF, without the empty one; valid after `done`.
    const std::string& trailers() const { return trailers_; }

    void reset() { *this = ChunkDecoder(); }

private:
    enum class State { size_start, size, extension, size_lf, data, data_cr, data_lf, trailer, done, broken };

    Step take_data(std::string_view& input, std::string_view& payload);
    std::size_t take_usual_line(std::string_view input);
    void begin_line();
    void take_byte(char c);
    void take_size_byte(char c);
    void take_trailer_byte(char c);

    State state_ = State::size_start;
    std::uint64_t left_ = 0;  // bytes of this chunk's data still to come
    unsigned digits_ = 0;
    std::size_t line_length_ = 0;  // of the size line with its extensions
    std::string trailers_;
};

// Writes "SIZE\r\n" to `out` (at least 18 bytes) and returns its length.
std::size_t write_chunk_size(char* out, std::uint64_t size);

}  // namespace aihub::http
