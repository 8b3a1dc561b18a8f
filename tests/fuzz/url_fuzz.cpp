// URLs and addresses: what is accepted, written out and read again is the same.
#include "shared/http/url.hpp"

#include "shared/config/address.hpp"
#include "shared/config/base_url.hpp"
#include "tests/fuzz/fuzz.hpp"

using aihub::fuzz::require;

namespace {

void check_url(std::string_view text) {
    aihub::Result<aihub::http::Url> url = aihub::http::parse_url(text);
    if (!url) return;
    require(!url->host.empty() && url->port != 0, "a URL has a host and a port");
    require(url->path.empty() || url->path.front() == '/', "a path starts with a slash");
    aihub::Result<aihub::http::Url> again = aihub::http::parse_url(url->text());
    require(again.has_value(), "a URL that was written can be read");
    require(again->host == url->host && again->port == url->port && again->path == url->path &&
                again->tls == url->tls,
            "a URL that was written is the same");
}

void check_base_url(std::string_view text) {
    aihub::Result<std::string> once = aihub::config::normalise_base_url(text);
    if (!once) return;
    aihub::Result<std::string> twice = aihub::config::normalise_base_url(*once);
    require(twice.has_value() && *twice == *once, "what is normal stays as it is");
    require(aihub::http::parse_url(*once).has_value(), "what configuration accepts the gateway can use");
}

void check_address(std::string_view text) {
    aihub::Result<aihub::config::Address> address = aihub::config::parse_address(text);
    if (!address) return;
    aihub::Result<aihub::config::Address> again = aihub::config::parse_address(address->text());
    require(again.has_value() && again->text() == address->text(), "an address that was written is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text = aihub::fuzz::text_of(data, size);
    check_url(text);
    check_base_url(text);
    check_address(text);
    return 0;
}
