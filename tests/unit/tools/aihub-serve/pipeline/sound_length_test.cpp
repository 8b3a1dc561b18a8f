#include "tools/aihub-serve/pipeline/sound_length.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace aihub::serve {
namespace {

std::string little(std::uint64_t value, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i, value >>= 8) text.push_back(static_cast<char>(value));
    return text;
}

std::string big(std::uint64_t value, std::size_t count) {
    std::string text = little(value, count);
    return {text.rbegin(), text.rend()};
}

SoundTime in_pieces(std::string_view file, std::size_t size) {
    SoundLength sound;
    for (std::size_t at = 0; at < file.size(); at += size) sound.feed(file.substr(at, size));
    return sound.length();
}

// The length, which must be the same in whatever pieces the file comes.
SoundTime length_of(const std::string& file) {
    SoundTime whole = in_pieces(file, file.size() + 1);
    for (std::size_t size : {1U, 2U, 3U, 7U, 26U, 64U, 511U, 512U, 513U, 4096U}) {
        INFO("pieces of " << size);
        CHECK(in_pieces(file, size) == whole);
    }
    return whole;
}

struct Format {
    unsigned coding = 1;
    unsigned channels = 1;
    unsigned rate = 16'000;
    unsigned bits = 16;
    unsigned told_bytes_a_second = 0;
};

std::string format_chunk(const Format& format) {
    return "fmt " + little(16, 4) + little(format.coding, 2) + little(format.channels, 2) +
           little(format.rate, 4) + little(format.told_bytes_a_second, 4) +
           little(format.channels * format.bits / 8, 2) + little(format.bits, 2);
}

std::string wav(const Format& format, std::size_t there, std::uint64_t claimed,
                const std::string& extra = {}) {
    return "RIFF" + little(36 + there, 4) + "WAVE" + format_chunk(format) + extra + "data" +
           little(claimed, 4) + std::string(there, '\x11');
}

std::string wav(const Format& format, std::size_t there) {
    return wav(format, there, there);
}

SoundTime by_size(std::size_t bytes) {
    return {static_cast<std::int64_t>(bytes / 8), true};
}

TEST_CASE("a WAV is as long as its samples") {
    CHECK(length_of(wav({}, 48'000)) == SoundTime{1500, false});
    CHECK(length_of(wav({.channels = 2, .rate = 44'100}, 44'100)) == SoundTime{250, false});
    CHECK(length_of(wav({.coding = 3, .rate = 8000, .bits = 32}, 8000)) == SoundTime{250, false});
    CHECK(length_of(wav({.coding = 0xFFFE, .rate = 48'000, .bits = 24}, 72'000)) == SoundTime{500, false});
    CHECK(length_of(wav({}, 0)) == SoundTime{0, false});
}

TEST_CASE("what stands beside the samples of a WAV does not count") {
    std::string odd = "LIST" + little(5, 4) + "abcde" + std::string(1, '\0');
    std::string large = "JUNK" + little(3000, 4) + std::string(3000, 'd');
    CHECK(length_of(wav({}, 32'000, 32'000, odd + large)) == SoundTime{1000, false});
    CHECK(length_of(wav({}, 32'000) + large) == SoundTime{1000, false});
}

TEST_CASE("a WAV whose writer did not know its length is as long as its bytes") {
    CHECK(length_of(wav({}, 32'000, 0)) == SoundTime{1000, false});
    CHECK(length_of(wav({}, 32'000, 0xFFFF'FFFF)) == SoundTime{1000, false});
    CHECK(length_of(wav({}, 32'000, 0x7FFF'F000)) == SoundTime{1000, false});
    CHECK(length_of("RF64" + wav({}, 32'000, 0xFFFF'FFFF).substr(4)) == SoundTime{1000, false});
}

TEST_CASE("a WAV that was cut is as long as what there is of it") {
    CHECK(length_of(wav({}, 32'000, 320'000)) == SoundTime{1000, false});
}

TEST_CASE("a WAV that makes itself small is not believed") {
    CHECK(length_of(wav({}, 32'000, 2)) == SoundTime{1000, true});
    CHECK(length_of(wav({.told_bytes_a_second = 1'000'000'000}, 32'000)) == SoundTime{1000, false});
}

TEST_CASE("a WAV of another coding is as long as it says that so many bytes are") {
    CHECK(length_of(wav({.coding = 2, .bits = 4, .told_bytes_a_second = 8000}, 4000)) ==
          SoundTime{500, true});
}

TEST_CASE("a WAV that makes no sense is estimated by its size") {
    for (const Format& format :
         std::initializer_list<Format>{{.channels = 0},
                                       {.channels = 65},
                                       {.rate = 0},
                                       {.rate = 4'000'000'000},
                                       {.bits = 0},
                                       {.bits = 999},
                                       {.coding = 2, .told_bytes_a_second = 0},
                                       {.coding = 2, .told_bytes_a_second = 4'000'000'000}}) {
        std::string file = wav(format, 8000);
        CHECK(length_of(file) == by_size(file.size()));
    }
    std::string without_format =
        "RIFF" + little(0, 4) + "WAVEdata" + little(8000, 4) + std::string(8000, 'x');
    CHECK(length_of(without_format) == by_size(without_format.size()));
    std::string short_format = "RIFF" + little(0, 4) + "WAVEfmt " + little(4, 4) + std::string(8000, 'x');
    CHECK(length_of(short_format) == by_size(short_format.size()));
    std::string endless_chunk = "RIFF" + little(0, 4) + "WAVELIST" + little(0xFFFF'FFFF, 4) + "abc";
    CHECK(length_of(endless_chunk) == by_size(endless_chunk.size()));
}

std::string flac(std::uint64_t samples, std::size_t frames, std::size_t picture = 0) {
    std::string info = big(4096, 2) + big(4096, 2) + big(0, 6) +
                       big(std::uint64_t{16'000} << 44 | std::uint64_t{15} << 36 | samples, 8) +
                       std::string(16, 'm');
    bool is_last = picture == 0;
    std::string file = "fLaC" + big(is_last ? 0x80 : 0, 1) + big(34, 3) + info;
    if (!is_last) file += big(0x86, 1) + big(picture, 3) + std::string(picture, 'p');
    return file + std::string(frames, 'f');
}

TEST_CASE("a FLAC is as long as it says, where its bytes do not say otherwise") {
    CHECK(length_of(flac(24'000, 20'000)) == SoundTime{1500, false});
    CHECK(length_of(flac(24'000, 20'000, 700'000)) == SoundTime{1500, false});
    CHECK(length_of(flac(0, 19'200)) == SoundTime{1000, true});
    CHECK(length_of(flac(100, 192'000)) == SoundTime{10'000, true});
}

TEST_CASE("a FLAC that makes no sense is estimated by its size") {
    std::string file = "fLaC" + big(0x84, 1) + big(34, 3) + std::string(5000, 'x');
    CHECK(length_of(file) == by_size(file.size()));
    std::string no_rate = "fLaC" + big(0x80, 1) + big(34, 3) + std::string(5000, '\0');
    CHECK(length_of(no_rate) == by_size(no_rate.size()));
}

std::string page(const std::string& body, std::uint64_t position, unsigned kind = 0, unsigned serial = 7) {
    std::string sizes;
    std::size_t left = body.size();
    for (; left >= 255; left -= 255) sizes += '\xFF';
    sizes += static_cast<char>(left);
    return "OggS" + std::string(1, '\0') + little(kind, 1) + little(position, 8) + little(serial, 4) +
           little(0, 8) + little(sizes.size(), 1) + sizes + body;
}

const std::string opus_head =
    "OpusHead" + little(1, 1) + little(1, 1) + little(312, 2) + little(16'000, 4) + little(0, 3);
const std::string vorbis_head =
    std::string("\x01vorbis") + little(0, 4) + little(1, 1) + little(16'000, 4) + little(0, 14);
constexpr std::uint64_t nowhere = ~std::uint64_t{0};
constexpr unsigned first = 2;

TEST_CASE("an Ogg is as long as its last page says") {
    std::string sound(6000, 's');
    CHECK(length_of(page(opus_head, 0, first) + page("OpusTags", 0) + page(sound, 24'000) +
                    page(sound, nowhere) + page(sound, 48'312)) == SoundTime{1000, false});
    CHECK(length_of(page(vorbis_head, 0, first) + page(std::string(60'000, 't'), 0) + page(sound, 8000) +
                    page(sound, 24'000)) == SoundTime{1500, false});
}

TEST_CASE("streams of an Ogg that follow each other add up, and what is no sound counts nothing") {
    std::string one = page(opus_head, 0, first, 1) + page("sound", 48'312, 0, 1);
    std::string other = page(vorbis_head, 0, first, 2) + page("sound", 8000, 0, 2);
    std::string skeleton = page("fishead" + std::string(50, 's'), 0, first, 3);
    CHECK(length_of(skeleton + one + page("bones", 9'000'000, 0, 3) + other) == SoundTime{1500, false});
}

TEST_CASE("an Ogg that makes itself small or makes no sense is estimated by its size") {
    std::string small = page(opus_head, 0, first) + page(std::string(60'000, 's'), 320);
    CHECK(length_of(small) == by_size(small.size()));
    std::string broken = page(opus_head, 0, first) + page("sound", 48'312) + "OggZ" + std::string(600, 'x');
    CHECK(length_of(broken) == by_size(broken.size()));
    std::string unknown = page("Speex   " + std::string(72, 's'), 0, first) + page("sound", 48'000);
    CHECK(length_of(unknown) == by_size(unknown.size()));
}

TEST_CASE("positions of an Ogg that are beyond all time are not believed") {
    std::string far = page(opus_head, 0, first) + page("sound", nowhere - 1);
    CHECK(length_of(far) == by_size(far.size()));
}

// 64 kbit/s, 24 kHz, mono: 576 samples in 192 bytes.
std::string frame(const std::string& content = {}) {
    return "\xFF\xF3\x84\xC4" + content + std::string(188 - content.size(), 'x');
}

std::string frames(int count) {
    std::string file;
    for (int i = 0; i < count; ++i) file += frame();
    return file;
}

TEST_CASE("an MP3 is as long as its frames") {
    CHECK(length_of(frames(100)) == SoundTime{2400, false});
    std::string about_the_rest = frame(std::string(9, '\0') + "Info");
    CHECK(length_of(about_the_rest + frames(100)) == SoundTime{2400, false});
}

TEST_CASE("frames of an MP3 may differ in size, and tags count nothing") {
    std::string larger = "\xFF\xF3\xC4\xC4" + std::string(380, 'x');  // 128 kbit/s
    std::string tag =
        "ID3" + std::string("\x04\0\0", 3) + std::string("\0\0\x10\x01", 4) + std::string(2049, '\xFF');
    CHECK(length_of(tag + frames(10) + larger + frames(10)) == SoundTime{504, false});
    CHECK(length_of(frames(100) + "TAG" + std::string(125, ' ')) == SoundTime{2400, false});
}

TEST_CASE("an MP3 with a hole goes on behind it, and one that is mostly holes is estimated by its size") {
    CHECK(length_of(frames(10) + std::string(777, '\xFF') + frames(10)) == SoundTime{480, false});
    std::string holes = frames(2) + std::string(5000, 'z') + frames(2);
    CHECK(length_of(holes) == by_size(holes.size()));
}

std::string box(const std::string& type, const std::string& content) {
    return big(8 + content.size(), 4) + type + content;
}

std::string film_header(std::uint64_t units_a_second, std::uint64_t units, bool is_wide = false) {
    std::size_t width = is_wide ? 8 : 4;
    return box("mvhd", big(is_wide ? 1 : 0, 1) + big(0, 3) + big(0, width) + big(0, width) +
                           big(units_a_second, 4) + big(units, width) + std::string(80, '\0'));
}

std::string mp4(const std::string& header, std::size_t sound = 8000) {
    return box("ftyp", "M4A \1\1\1\1isom") + box("moov", header + box("trak", std::string(700, 't'))) +
           box("mdat", std::string(sound, 's'));
}

TEST_CASE("an MP4 is as long as its film header says, wherever that stands") {
    CHECK(length_of(mp4(film_header(600, 900))) == SoundTime{1500, false});
    CHECK(length_of(mp4(film_header(48'000, 48'000, true))) == SoundTime{1000, false});
    std::string large = big(1, 4) + "mdat" + big(16 + 9000, 8) + std::string(9000, 's');
    CHECK(length_of(box("ftyp", "M4A isom") + large + box("moov", film_header(1000, 1234))) ==
          SoundTime{1234, false});
}

TEST_CASE("an MP4 that cannot be believed is estimated by its size") {
    for (const std::string& file :
         {mp4(film_header(0, 900)), mp4(film_header(1000, 0)), mp4(film_header(1000, 1), 200'000),
          mp4(film_header(1, 0xFFFF'FFFF)), mp4(film_header(1, ~std::uint64_t{0}, true)),
          box("ftyp", "M4A isom") + big(4, 4) + "moov" + std::string(900, 'x'),
          box("ftyp", "M4A isom") + big(0, 4) + "mdat" + std::string(900, 'x')})
        CHECK(length_of(file) == by_size(file.size()));
}

// `size` as a number of one byte, of two, or of eight.
std::string element(std::uint64_t name, std::size_t name_size, const std::string& content) {
    std::string size = content.size() < 127      ? big(0x80 | content.size(), 1)
                       : content.size() < 16'383 ? big(0x4000 | content.size(), 2)
                                                 : big(std::uint64_t{1} << 56 | content.size(), 8);
    return big(name, name_size) + size + content;
}

const std::string open_end = big(~std::uint64_t{0} >> 7, 8);
const std::string webm_head = element(0x1A45'DFA3, 4, std::string(20, 'h')) + big(0x1853'8067, 4) + open_end;

std::string cluster(std::uint64_t begin, const std::string& blocks) {
    return big(0x1F43'B675, 4) + open_end + element(0xE7, 1, big(begin, 2)) + blocks;
}

std::string sound_block(std::int16_t after, std::size_t size = 200) {
    return "\x81" + big(static_cast<std::uint16_t>(after), 2) + std::string(size, 'b');
}

TEST_CASE("a WebM is as long as its last block says, also as a browser records it") {
    std::string recorded = webm_head + element(0x1654'AE6B, 4, std::string(300, 't')) +
                           cluster(0, element(0xA3, 1, sound_block(0)) + element(0xA3, 1, sound_block(60))) +
                           cluster(1000, element(0xA3, 1, sound_block(-20, 20'000)) +
                                             element(0xA0, 1, element(0xA1, 1, sound_block(500))));
    CHECK(length_of(recorded) == SoundTime{1500, false});
    std::string in_halves = webm_head + element(0x1549'A966, 4, element(0x2AD7B1, 3, big(500'000, 3))) +
                            cluster(3000, element(0xA3, 1, sound_block(0)));
    CHECK(length_of(in_halves) == SoundTime{1500, false});
}

TEST_CASE("a WebM that cannot be believed is estimated by its size") {
    std::string block = element(0xA3, 1, sound_block(1));
    for (const std::string& file :
         {webm_head, webm_head + cluster(0, element(0xA3, 1, "")),
          webm_head + cluster(0, block) + std::string(9, '\0'),
          webm_head + cluster(0, element(0xA3, 1, sound_block(1, 90'000))),
          webm_head + element(0x2AD7B1, 3, big(~std::uint64_t{0}, 8)) + cluster(9, block),
          webm_head + cluster(0, block) + big(0xEC, 1) + open_end + std::string(600, 'x')})
        CHECK(length_of(file) == by_size(file.size()));
}

TEST_CASE("what is in no known format is estimated by its size") {
    CHECK(length_of("") == by_size(0));
    CHECK(length_of("RIFF") == by_size(4));
    CHECK(length_of(std::string(80'000, 'x')) == SoundTime{10'000, true});
    CHECK(length_of("#!AMR\n" + std::string(7994, 'x')) == SoundTime{1000, true});
}

TEST_CASE("a file of any size is counted without being held") {
    SoundLength sound;
    sound.feed(wav({}, 0, 0xFFFF'FFFF));
    std::string megabyte(1024 * 1024, 's');
    for (int i = 0; i < 5000; ++i) sound.feed(megabyte);
    CHECK(sound.length() == SoundTime{163'840'000, false});
}

// Whatever is broken in a file: no byte outside is read (the sanitizers tell), pieces change nothing, and the
// length is one.
TEST_CASE("files that are cut or changed anywhere have a length, and the same in pieces") {
    const std::array<std::string, 7> files = {
        mp4(film_header(600, 900), 300),
        webm_head + cluster(1000, element(0xA3, 1, sound_block(500))),
        wav({}, 900, 900, "LIST" + little(40, 4) + std::string(40, 'l')),
        flac(24'000, 900, 100),
        page(opus_head, 0, first) + page("OpusTags", 0) + page(std::string(700, 's'), 48'000),
        page(vorbis_head, 0, first) + page(std::string(700, 's'), 16'000),
        frames(6)};
    std::mt19937 random(20'240'607);  // NOLINT: the same every time
    auto any = [&](std::size_t below) { return random() % below; };
    auto check = [](const std::string& file) {
        SoundTime whole = in_pieces(file, file.size() + 1);
        if (whole.ms < 0 || in_pieces(file, 1) != whole || in_pieces(file, 97) != whole)
            FAIL("pieces change a length of " << whole.ms << " ms");
    };
    for (const std::string& file : files) {
        for (std::size_t cut = 0; cut < file.size(); ++cut) check(file.substr(0, cut));
        for (int i = 0; i < 3000; ++i) {
            std::string changed = file;
            for (std::size_t times = 1 + any(6); times-- > 0;)
                changed[any(std::min<std::size_t>(changed.size(), 120))] = static_cast<char>(any(256));
            if (any(2) == 0) changed += changed.substr(any(changed.size()));
            check(changed);
        }
    }
    SUCCEED();
}

}  // namespace
}  // namespace aihub::serve
