#include "shared/accesslog/field_names.hpp"

#include <array>

namespace aihub::accesslog {
namespace {

struct Name {
    std::string_view letters;
    Field field;
};

constexpr Name names[] = {
    {"msec", Field::msec},
    {"time", Field::time},
    {"timeiso8601", Field::time},
    {"timestamp", Field::time},
    {"datetime", Field::time},
    {"logtime", Field::time},
    {"ts", Field::time},
    {"timelocal", Field::time_local},
    {"remoteaddr", Field::remote_addr},
    {"remoteip", Field::client_ip},
    {"clientip", Field::client_ip},
    {"forwardedfor", Field::forwarded_for},
    {"httpxforwardedfor", Field::forwarded_for},
    {"xforwardedfor", Field::forwarded_for},
    {"xff", Field::forwarded_for},
    {"requestmethod", Field::method},
    {"method", Field::method},
    {"verb", Field::method},
    {"requesturi", Field::request_uri},
    {"request", Field::request},
    {"requestline", Field::request},
    {"uri", Field::uri},
    {"url", Field::uri},
    {"status", Field::status},
    {"httpstatus", Field::status},
    {"statuscode", Field::status},
    {"httpcode", Field::status},
    {"requesttime", Field::request_time},
    {"reqtime", Field::request_time},
    {"responsetime", Field::request_time},
    {"bodybytessent", Field::body_bytes_sent},
    {"bytes", Field::body_bytes_sent},
    {"size", Field::body_bytes_sent},
    {"bytessent", Field::bytes_sent},
    {"httpreferer", Field::referer},
    {"httpreferrer", Field::referer},
    {"referer", Field::referer},
    {"referrer", Field::referer},
    {"useragent", Field::user_agent},
    {"httpuseragent", Field::user_agent},
    {"agent", Field::user_agent},
    {"apikey", Field::api_key},
    {"xapikey", Field::api_key},
    {"httpxapikey", Field::api_key},
    {"authorization", Field::authorization},
    {"httpauthorization", Field::authorization},
    {"upstreamaddr", Field::upstream_addr},
    {"upstreamhost", Field::upstream_addr},
    {"upstreamstatus", Field::upstream_status},
    {"upstreamresponsetime", Field::upstream_response_time},
    {"upstreamtime", Field::upstream_response_time},
    {"requestid", Field::request_id},
    {"user", Field::user},
    {"remoteuser", Field::user},
    {"keyid", Field::key_id},
    {"model", Field::model},
    {"service", Field::service},
    {"reason", Field::reason},
    {"overheadms", Field::overhead_ms},
    {"ttftms", Field::ttft_ms},
    {"tokensin", Field::tokens_in},
    {"tokensout", Field::tokens_out},
    {"costmicro", Field::cost_micro},
    {"usageid", Field::usage_id},
};

constexpr std::size_t longest = 24;

}  // namespace

Field field_of(std::string_view name) {
    std::array<char, longest> letters;
    std::size_t size = 0;
    for (char c : name) {
        bool upper = c >= 'A' && c <= 'Z';
        bool counts = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!counts) continue;
        if (size == longest) return Field::none;
        letters[size++] = upper ? static_cast<char>(c | 0x20) : c;
    }
    for (const Name& known : names)
        if (known.letters == std::string_view(letters.data(), size)) return known.field;
    return Field::none;
}

}  // namespace aihub::accesslog
