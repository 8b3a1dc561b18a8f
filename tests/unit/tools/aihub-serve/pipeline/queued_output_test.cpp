#include "tools/aihub-serve/pipeline/queued_output.hpp"

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "shared/base/files.hpp"

namespace aihub::serve {
namespace {

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
        out = UniqueFd(ends[0]);
        in = UniqueFd(ends[1]);
    }
    // Everything, once the other end is closed.
    std::string rest() {
        in.reset();
        std::string all;
        std::array<char, 65536> piece{};
        for (ssize_t count = 0; (count = ::read(out.get(), piece.data(), piece.size())) > 0;)
            all.append(piece.data(), static_cast<std::size_t>(count));
        return all;
    }
    UniqueFd out;
    UniqueFd in;
};

std::uint64_t lines_in(const std::string& text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("lines come out in order, the last of them at the end") {
    Pipe pipe;
    std::string expected;
    {
        QueuedOutput output(pipe.in.get(), {});
        for (int i = 0; i < 500; ++i) {
            std::string line = "line " + std::to_string(i) + "\n";
            output.add(line);
            expected += line;
        }
    }
    CHECK(pipe.rest() == expected);
}

TEST_CASE("a stalled pipe stops nobody; each line is written whole or counted") {
    Pipe pipe;
    std::uint64_t dropped = 0;
    constexpr std::uint64_t added = 5000;
    {
        QueuedOutput output(pipe.in.get(), [&](std::uint64_t lines) { dropped += lines; });
        const std::string line = std::string(999, 'x') + "\n";
        for (std::uint64_t i = 0; i < added; ++i) output.add(line);
    }
    std::string written = pipe.rest();
    CHECK(dropped > 0);
    CHECK(lines_in(written) + dropped == added);
    CHECK(written.size() == lines_in(written) * 1000);
}

TEST_CASE("that nobody reads is reported while it lasts") {
    Pipe pipe;
    std::promise<std::uint64_t> first;
    bool told = false;
    QueuedOutput output(pipe.in.get(), [&](std::uint64_t lines) {
        if (!std::exchange(told, true)) first.set_value(lines);
    });
    const std::string line = std::string(99'999, 'x') + "\n";
    for (int i = 0; i < 50; ++i) output.add(line);
    CHECK(first.get_future().get() > 0);
}

TEST_CASE("a reader that has left costs the lines and nothing else") {
    std::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    pipe.out.reset();
    std::uint64_t dropped = 0;
    {
        QueuedOutput output(pipe.in.get(), [&](std::uint64_t lines) { dropped += lines; });
        output.add("one\ntwo\n");
    }
    CHECK(dropped == 2);
}

}  // namespace
}  // namespace aihub::serve
