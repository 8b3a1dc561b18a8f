#include "shared/accesslog/key_mark.hpp"

#include "shared/base/strings.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/crypto/tokens.hpp"

namespace aihub::accesslog {
namespace {

constexpr std::string_view ellipsis = "…";

// The forms that crypto::token_hint() gives; a key of such a form is so short that there is nothing to hide.
bool is_hint(std::string_view key) {
    if (key == ellipsis) return true;
    std::size_t at = key.find(ellipsis);
    return (at == 3 || at == 4) && key.size() == at + ellipsis.size() + 4;
}

// The end of anything else, as of a user's name with a password ("Basic …"), would say too much.
bool is_token(std::string_view key) {
    return key.find(' ') == key.npos;
}

std::string_view without_scheme(std::string_view key) {
    constexpr std::string_view bearer = "Bearer ";
    return istarts_with(key, bearer) ? trim(key.substr(bearer.size())) : key;
}

}  // namespace

void KeyMark::set(std::string_view key) {
    key = without_scheme(key);
    id_size_ = 0;
    if (is_hint(key)) {
        hint_.assign(key);
        return;
    }
    hint_ = is_token(key) ? crypto::token_hint(key) : std::string(ellipsis);
    set_id(key);
}

void KeyMark::set_id(std::string_view key) {
    constexpr std::string_view digits = "0123456789abcdef";
    crypto::Digest digest = crypto::sha256(key);
    id_size_ = id_.size();
    for (std::size_t i = 0; i < id_.size(); ++i) {
        unsigned byte = digest[i / 2];
        id_[i] = digits[i % 2 == 0 ? byte >> 4 : byte & 0xF];
    }
}

}  // namespace aihub::accesslog
