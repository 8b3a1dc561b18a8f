// What a log line's key becomes before anything else sees it: a hint that may be shown, and an id that tells
// keys apart. One thread each; its texts live until the next key.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace aihub::accesslog {

class KeyMark {
public:
    // A key in clear, as a log format of one's own may write it ("Bearer " before it is left out; of other
    // credentials nothing is shown), or a hint that the gateway wrote, which stays as it is.
    void set(std::string_view key);

    std::string_view hint() const { return hint_; }
    // The first 16 hexadecimal digits of the key's SHA-256, as stored with accounts; empty for a hint.
    std::string_view id() const { return std::string_view(id_.data(), id_size_); }

private:
    void set_id(std::string_view key);

    std::string hint_;
    std::array<char, 16> id_{};
    std::size_t id_size_ = 0;
};

}  // namespace aihub::accesslog
