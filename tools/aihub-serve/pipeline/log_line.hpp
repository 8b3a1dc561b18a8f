// Writes the fields of one JSON log line into memory that the caller has measured: a line has two dozen short
// fields, and a check of the room before each of their pieces costs more than the bytes do. Pure; one thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace aihub::serve {

class LogLine {
public:
    explicit LogLine(char* begin) : at_(begin) {}

    // The most that text() writes for a text of `size` bytes: each as \u00NN.
    static constexpr std::size_t room_for(std::size_t size) { return 6 * size; }
    // The most that one number or time takes.
    static constexpr std::size_t number_room = 24;

    // Punctuation and names, as they stand.
    template <std::size_t N>
    LogLine& raw(const char (&text)[N]) {
        std::memcpy(at_, text, N - 1);
        at_ += N - 1;
        return *this;
    }
    LogLine& text(std::string_view value);  // the inside of a JSON string
    LogLine& number(std::uint64_t value);
    LogLine& optional(std::optional<std::uint64_t> value);  // or null
    LogLine& thousandths(std::int64_t value);               // 1234 -> 1.234

    const char* end() const { return at_; }

private:
    char* at_;
};

}  // namespace aihub::serve
