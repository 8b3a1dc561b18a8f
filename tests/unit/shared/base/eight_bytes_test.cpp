#include "shared/base/eight_bytes.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "shared/base/strings.hpp"

namespace aihub {
namespace {

char slowly_lowered(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

TEST_CASE("letters of both cases are equal at each place of a text of any length, and nothing else is") {
    for (std::size_t size = 1; size <= 20; ++size) {
        for (std::size_t place = 0; place < size; ++place) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string one(size, 'x');
                std::string other(size, 'X');
                one[place] = static_cast<char>(byte);
                for (char there : {'A', 'z', '@', '[', '`', '{', '\x7F', '\xC1'}) {
                    other[place] = there;
                    bool equal = slowly_lowered(one[place]) == slowly_lowered(there);
                    if (iequals(one, other) != equal)
                        FAIL("size " << size << " place " << place << " bytes " << byte << " and "
                                     << int(there));
                }
            }
        }
    }
}

TEST_CASE("text is escaped alike into a string and into memory") {
    for (std::string text : {"", "a", "plain text of some length", "quote \" and \\", "tab\t, bell\x07, \x7F",
                             "ahk_…x7Qz, ü and 漢字", "cut \xE6\xBC", "\xFF\xC0\x80 in it"}) {
        std::string escaped;
        append_json_escaped(escaped, text);
        std::string memory(6 * text.size() + 1, '?');
        memory.resize(static_cast<std::size_t>(write_json_escaped(memory.data(), text) - memory.data()));
        CHECK(memory == escaped);
    }
}

TEST_CASE("a byte that JSON escapes is found at each place of a text of any length") {
    for (std::size_t size = 1; size <= 20; ++size) {
        CHECK(json_plain_prefix(std::string(size, ' ')) == size);
        for (std::size_t place = 0; place < size; ++place) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, '!');
                text[place] = static_cast<char>(byte);
                bool is_plain = byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
                std::size_t expected = is_plain ? size : place;
                std::string copied(size, '?');
                if (copy_json_plain(copied.data(), text) != is_plain || (is_plain && copied != text))
                    FAIL("copied: size " << size << " place " << place << " byte " << byte);
                if (json_plain_prefix(text) != expected)
                    FAIL("size " << size << " place " << place << " byte " << byte);
            }
        }
    }
}

}  // namespace
}  // namespace aihub
