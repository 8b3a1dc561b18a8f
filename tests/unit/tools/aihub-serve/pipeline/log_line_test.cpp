#include "tools/aihub-serve/pipeline/log_line.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

using aihub::serve::LogLine;

TEST_CASE("a log line is written piece by piece, with JSON's escapes, within the room that was promised") {
    std::string memory(4096, '\0');
    LogLine line(memory.data());
    std::string hostile(40, '\x01');
    line.raw(R"({"a":")").text("plain").raw(R"(","b":")").text("say \"so\"\n").raw(R"(","n":)").number(42);
    line.raw(R"(,"x":)")
        .optional(std::nullopt)
        .raw(R"(,"y":)")
        .optional(7)
        .raw(R"(,"t":)")
        .thousandths(1500)
        .raw("}");
    std::string_view written(memory.data(), static_cast<std::size_t>(line.end() - memory.data()));
    CHECK(written == R"({"a":"plain","b":"say \"so\"\u000a","n":42,"x":null,"y":7,"t":1.500})");

    LogLine worst(memory.data());
    worst.text(hostile);
    CHECK(static_cast<std::size_t>(worst.end() - memory.data()) == LogLine::room_for(hostile.size()));
    LogLine number(memory.data());
    number.number(std::numeric_limits<std::uint64_t>::max());
    CHECK(static_cast<std::size_t>(number.end() - memory.data()) <= LogLine::number_room);
}
