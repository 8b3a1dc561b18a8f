#include "shared/cli/keys.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace aihub::cli {
namespace {

std::vector<Key> read_all(KeyDecoder& decoder) {
    std::vector<Key> keys;
    while (std::optional<Key> key = decoder.next()) keys.push_back(*key);
    return keys;
}

std::vector<Key> decoded(std::string_view bytes) {
    KeyDecoder decoder;
    decoder.feed(bytes);
    return read_all(decoder);
}

Key text(std::string character) {
    return {KeyKind::text, std::move(character)};
}

TEST_CASE("each key is known by its sequences") {
    struct Row {
        std::string_view bytes;
        KeyKind kind;
    };
    auto row = GENERATE(values<Row>({{"\x1b[A", KeyKind::up},         {"\x1bOA", KeyKind::up},
                                     {"\x1b[B", KeyKind::down},       {"\x1b[1;5B", KeyKind::down},
                                     {"\x1b[C", KeyKind::right},      {"\x1b[D", KeyKind::left},
                                     {"\x1b[H", KeyKind::home},       {"\x1b[1~", KeyKind::home},
                                     {"\x1b[7~", KeyKind::home},      {"\x1bOH", KeyKind::home},
                                     {"\x1b[F", KeyKind::end},        {"\x1b[4~", KeyKind::end},
                                     {"\x1b[5~", KeyKind::page_up},   {"\x1b[6;2~", KeyKind::page_down},
                                     {"\x1b[3~", KeyKind::remove},    {"\x1bOM", KeyKind::enter},
                                     {"\r", KeyKind::enter},          {"\n", KeyKind::enter},
                                     {"\x7f", KeyKind::backspace},    {"\x08", KeyKind::backspace},
                                     {"\x04", KeyKind::end_of_input}, {"\x0c", KeyKind::redraw},
                                     {"\x15", KeyKind::erase_line},   {"\x17", KeyKind::erase_word},
                                     {"\x1b[15~", KeyKind::unknown},  {"\x1b[[A", KeyKind::unknown},
                                     {"\x1bx", KeyKind::unknown},     {"\x1b[?1;2c", KeyKind::unknown}}));
    CAPTURE(row.bytes);
    CHECK(decoded(row.bytes) == std::vector<Key>{{row.kind}});
}

TEST_CASE("a sequence that comes in pieces is one key") {
    std::string bytes = "\x1b[1;5A";
    KeyDecoder decoder;
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
        decoder.feed(bytes.substr(i, 1));
        CHECK_FALSE(decoder.next());
        CHECK(decoder.is_waiting());
    }
    decoder.feed(bytes.substr(bytes.size() - 1));
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::up}});
}

TEST_CASE("Escape alone is a key once nothing more comes") {
    KeyDecoder decoder;
    decoder.feed("\x1b");
    CHECK_FALSE(decoder.next());
    decoder.give_up();
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::escape}});
    decoder.feed("\x1b");  // and the next one waits again
    CHECK_FALSE(decoder.next());
    CHECK(decoder.is_waiting());
}

TEST_CASE("Escape twice is two keys, the second of which may begin a sequence") {
    CHECK(decoded("\x1b\x1b[A") == std::vector<Key>{{KeyKind::escape}, {KeyKind::up}});
}

TEST_CASE("characters of several bytes are one key each, also in pieces") {
    CHECK(decoded("aé世") == std::vector<Key>{text("a"), text("é"), text("世")});
    KeyDecoder decoder;
    decoder.feed("\xC3");
    CHECK_FALSE(decoder.next());
    decoder.feed("\xA9");
    CHECK(read_all(decoder) == std::vector<Key>{text("é")});
}

TEST_CASE("bytes that are no key are passed over, and those behind them are heard") {
    CHECK(decoded("\xFF"
                  "a") == std::vector<Key>{{KeyKind::unknown}, text("a")});
    CHECK(decoded("\x1b[12\x1b[A") == std::vector<Key>{{KeyKind::unknown}, {KeyKind::up}});
    CHECK(decoded("\x1b[" + std::string(100, '1')) == std::vector<Key>{{KeyKind::unknown}});
    KeyDecoder decoder;
    decoder.feed("\xE4\xB8");
    decoder.give_up();
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::unknown}, {KeyKind::unknown}});
}

TEST_CASE("a paste is text, and what would be a key in it is none") {
    CHECK(decoded("\x1b[200~bob\nq\x03\x7f\x1b[A\x1b[201~x") ==
          std::vector<Key>{{KeyKind::paste, "bob q[A"}, text("x")});
    CHECK(decoded("\x1b[200~\x1b[201~x") == std::vector<Key>{text("x")});
}

TEST_CASE("a paste that comes slowly stays a paste until its end") {
    KeyDecoder decoder;
    decoder.feed("\x1b[200~bo");
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::paste, "bo"}});
    CHECK_FALSE(decoder.is_waiting());
    decoder.feed("\r\xC3");
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::paste, " "}});
    decoder.feed("\xA9\x1b[20");
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::paste, "é"}});
    decoder.feed("1~\r");
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::enter}});
}

TEST_CASE("what was forgotten is not heard") {
    KeyDecoder decoder;
    decoder.feed("\x1b[200~abc");
    decoder.forget();
    decoder.feed("\r");
    CHECK(read_all(decoder) == std::vector<Key>{{KeyKind::enter}});
}

}  // namespace
}  // namespace aihub::cli
