#include "shared/http/head.hpp"

#include <algorithm>
#include <array>

#include "shared/base/eight_bytes.hpp"
#include "shared/base/strings.hpp"

namespace aihub::http {
namespace {

using Fault = std::optional<HeadFault>;

constexpr std::array<bool, 256> make_table(bool (*holds)(unsigned char)) {
    std::array<bool, 256> table{};
    for (unsigned c = 0; c < 256; ++c) table[c] = holds(static_cast<unsigned char>(c));
    return table;
}

// tchar, RFC 9110 5.6.2
constexpr auto token_bytes = make_table([](unsigned char c) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
    for (char other : {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
        if (c == static_cast<unsigned char>(other)) return true;
    return false;
});

// field-vchar, space and tab, RFC 9110 5.5: no control bytes
constexpr auto value_bytes =
    make_table([](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });

// Of eight bytes, but for tabs.
bool are_value_bytes(std::uint64_t word) {
    return (eight_bytes::control_bytes(word) | eight_bytes::equal_bytes(word, '\x7F')) == 0;
}

// Visible ASCII without '#', which never travels: a target with raw UTF-8 is read differently from server to
// server.
constexpr auto target_bytes = make_table([](unsigned char c) { return c > 0x20 && c < 0x7F && c != '#'; });

// Of these a path is made that holds nothing but itself: no query, no escape, no segment of dots.
constexpr auto plain_path_bytes = make_table(
    [](unsigned char c) { return target_bytes[c] && c != '?' && c != '%' && c != '\\' && c != '.'; });

constexpr auto host_bytes = make_table([](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']' || c == '%' || c == '~';
});

bool all_in(const std::array<bool, 256>& table, std::string_view text) {
    bool all = true;
    for (char c : text) all &= table[static_cast<unsigned char>(c)];
    return all;
}

// As Field has them.
constexpr std::array<std::string_view, static_cast<std::size_t>(Field::other)> field_names = {
    "te",
    "host",
    "range",
    "expect",
    "origin",
    "accept",
    "upgrade",
    "api-key",
    "x-api-key",
    "connection",
    "keep-alive",
    "content-type",
    "x-request-id",
    "authorization",
    "content-length",
    "x-goog-api-key",
    "accept-encoding",
    "content-encoding",
    "proxy-connection",
    "transfer-encoding",
    "proxy-authenticate",
    "proxy-authorization"};
constexpr std::size_t longest_field_name = field_names.back().size();

static_assert(std::ranges::is_sorted(field_names, {}, &std::string_view::size));

// Where the names of each length begin; names of one length stand together.
constexpr auto first_of_length = [] {
    std::array<std::uint8_t, longest_field_name + 2> first{};
    for (std::size_t length = 0; length < first.size(); ++length)
        while (first[length] < field_names.size() && field_names[first[length]].size() < length)
            ++first[length];
    return first;
}();

// A second one would be read differently from parser to parser.
constexpr Fields single_fields = {Field::host,           Field::content_length, Field::transfer_encoding,
                                  Field::authorization,  Field::content_type,   Field::expect,
                                  Field::upgrade,        Field::x_api_key,      Field::api_key,
                                  Field::x_goog_api_key, Field::range,          Field::content_encoding};

// These say how a body ends, or whether the connection stays.
constexpr Fields framing_fields = {Field::content_length, Field::transfer_encoding, Field::connection};

constexpr Fields hop_by_hop = {Field::te,
                               Field::upgrade,
                               Field::connection,
                               Field::keep_alive,
                               Field::proxy_connection,
                               Field::transfer_encoding,
                               Field::proxy_authenticate,
                               Field::proxy_authorization};

// Takes the text up to CRLF from the front; nothing when there is no CRLF. A lone CR or LF stays inside the
// line, where no table allows it.
std::optional<std::string_view> take_line(std::string_view& text) {
    std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    return line;
}

bool parse_header_line(std::string_view line, Header& header) {
    std::size_t colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return false;
    header.name = line.substr(0, colon);
    header.field = field_of(header.name);
    if (header.field == Field::other && !all_in(token_bytes, header.name)) return false;
    header.value = line.substr(colon + 1);
    bool is_plain =
        header.value.size() >= eight_bytes::shortest && eight_bytes::all(are_value_bytes, header.value);
    if (!is_plain && !all_in(value_bytes, header.value)) return false;
    header.value = trim(header.value);
    return true;
}

// All header lines up to the empty one.
Fault parse_headers(std::string_view text, std::size_t most, std::vector<Header>& headers) {
    constexpr std::size_t usual = 16;
    if (headers.capacity() == 0) headers.reserve(usual);
    for (;;) {
        const char* start = text.data();
        std::optional<std::string_view> line = take_line(text);
        if (!line) return HeadFault{400, "a header line does not end with CRLF"};
        if (line->empty()) break;
        if (line->front() == ' ' || line->front() == '\t') return HeadFault{400, "a header line is folded"};
        if (headers.size() == most) return HeadFault{431, "there are too many header lines"};
        Header header;
        if (!parse_header_line(*line, header)) return HeadFault{400, "a header line is malformed"};
        header.line = std::string_view(start, line->size() + 2);
        headers.push_back(header);
    }
    if (!text.empty()) return HeadFault{400, "the head goes on after its empty line"};
    return std::nullopt;
}

std::string_view find_header(const std::vector<Header>& headers, std::string_view name) {
    for (const Header& header : headers)
        if (iequals(header.name, name)) return header.value;
    return {};
}

struct Framer {
    Framing framing = Framing::none;
    std::uint64_t length = 0;
    bool has_length = false;
    bool has_encoding = false;
    bool close = false;
    bool keep_alive = false;
    bool upgrade = false;
};

Fault note_framing(const Header& header, Framer& framer) {
    if (header.field == Field::content_length) {
        std::optional<std::uint64_t> length = parse_unsigned(header.value);
        if (!length || *length > (1ULL << 62)) return HeadFault{400, "Content-Length is not a number"};
        if (framer.has_length) return HeadFault{400, "Content-Length is given twice"};
        framer.has_length = true;
        framer.length = *length;
    } else if (header.field == Field::transfer_encoding) {
        if (framer.has_encoding || !iequals(header.value, "chunked"))
            return HeadFault{400, "Transfer-Encoding is not exactly `chunked`"};
        framer.has_encoding = true;
    } else if (header.field == Field::connection) {
        framer.close = framer.close || list_holds(header.value, "close");
        framer.keep_alive = framer.keep_alive || list_holds(header.value, "keep-alive");
        framer.upgrade = framer.upgrade || list_holds(header.value, "upgrade");
    }
    return std::nullopt;
}

// Protocols that carry requests again: what they carry would pass without a key, a prefix and a line in the
// log.
bool carries_requests(std::string_view upgrade) {
    for (std::string_view protocol : split(upgrade, ',')) {
        protocol = trim(protocol);
        if (iequals(protocol, "h2c") || iequals(protocol, "h2")) return true;
        if (istarts_with(protocol, "http/") || istarts_with(protocol, "tls/")) return true;
    }
    return false;
}

// One pass over the headers: singletons, framing, connection.
Fault frame_request(RequestHead& head) {
    Framer framer;
    Fields seen;
    for (const Header& header : head.headers) {
        if (seen.has(header.field) && single_fields.has(header.field))
            return HeadFault{400, "a header that may stand once stands twice"};
        seen.add(header.field);
        if (!framing_fields.has(header.field)) continue;
        if (Fault fault = note_framing(header, framer)) return fault;
    }
    bool has_host = seen.has(Field::host);
    if (!has_host && head.minor_version == 1) return HeadFault{400, "Host is missing"};
    if (has_host && !all_in(host_bytes, head.header(Field::host))) return HeadFault{400, "Host is malformed"};
    if (framer.has_encoding && framer.has_length)
        return HeadFault{400, "Content-Length and Transfer-Encoding stand together"};
    if (framer.has_encoding && head.minor_version == 0)
        return HeadFault{400, "Transfer-Encoding in an HTTP/1.0 request"};
    if (framer.has_encoding) head.framing = Framing::chunked;
    if (framer.has_length && framer.length > 0) head.framing = Framing::length;
    head.content_length = framer.length;
    head.keep_alive = head.minor_version == 1 ? !framer.close : framer.keep_alive && !framer.close;
    if (framer.upgrade && head.minor_version == 1) head.upgrade = head.header(Field::upgrade);
    if (!head.upgrade.empty() && carries_requests(head.upgrade))
        head.upgrade = {};  // a server may ignore an upgrade (RFC 9110 7.8)
    return std::nullopt;
}

Fault note_expectation(RequestHead& head) {
    std::string_view expect = head.header(Field::expect);
    if (expect.empty()) return std::nullopt;
    if (!iequals(expect, "100-continue"))
        return HeadFault{417, "the only expectation that can be met is 100-continue"};
    head.expect_continue = head.minor_version == 1;
    return std::nullopt;
}

Fault parse_version(std::string_view version, int& minor) {
    if (version == "HTTP/1.1" || version == "HTTP/1.0") {
        minor = version.back() - '0';
        return std::nullopt;
    }
    auto digit = [&](std::size_t at) { return version[at] >= '0' && version[at] <= '9'; };
    bool formed =
        version.size() == 8 && version.starts_with("HTTP/") && digit(5) && version[6] == '.' && digit(7);
    if (formed) return HeadFault{505, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
    return HeadFault{400, "the request line is malformed"};
}

Fault parse_target(RequestHead& head) {
    // An echo of a request would show what the gateway adds to it (RFC 9110 9.3.8).
    if (head.method == "TRACE") return HeadFault{405, "TRACE is not answered here"};
    // Its target is never a path, and its reply opens a tunnel (RFC 9112 3.2.3, 6.3).
    if (head.method == "CONNECT")
        return HeadFault{400, "CONNECT is for proxies that lead anywhere; this is none"};
    if (head.target == "*" && head.method == "OPTIONS") {
        head.path = head.target;
        return std::nullopt;
    }
    if (head.target.empty() || head.target.front() != '/')
        return HeadFault{400, "the request target is not a path that starts with `/`"};
    if (all_in(plain_path_bytes, head.target)) {
        head.path = head.target;
        return std::nullopt;
    }
    if (!all_in(target_bytes, head.target))
        return HeadFault{400, "the request target holds bytes that must be percent-encoded"};
    std::size_t mark = head.target.find('?');
    head.path = head.target.substr(0, mark);
    if (mark != std::string_view::npos) head.query = head.target.substr(mark + 1);
    if (!path_is_safe(head.path)) return HeadFault{400, "the path holds dot segments or malformed escapes"};
    return std::nullopt;
}

Fault parse_request_line(std::string_view line, RequestHead& head) {
    std::size_t first = line.find(' ');
    std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) return HeadFault{400, "the request line is malformed"};
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, second - first - 1);
    if (head.method.empty() || head.method.size() > 32 || !all_in(token_bytes, head.method))
        return HeadFault{400, "the method is malformed"};
    if (Fault fault = parse_version(line.substr(second + 1), head.minor_version)) return fault;
    return parse_target(head);
}

Fault parse_status_line(std::string_view line, ResponseHead& head) {
    bool formed = line.size() >= 12 && (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 "));
    if (!formed || (line.size() > 12 && line[12] != ' '))
        return HeadFault{502, "the status line is malformed"};
    std::optional<std::uint64_t> status = parse_unsigned(line.substr(9, 3));
    if (!status || *status < 100) return HeadFault{502, "the status line is malformed"};
    head.status = static_cast<int>(*status);
    head.minor_version = line[7] - '0';
    if (line.size() > 13) head.reason = line.substr(13);
    if (!all_in(value_bytes, head.reason)) return HeadFault{502, "the status line is malformed"};
    return std::nullopt;
}

// RFC 9112 6.3: how the end of a response is found.
Framing response_framing(const ResponseHead& head, const Framer& framer, std::string_view method) {
    if (method == "HEAD" || head.status < 200 || head.status == 204 || head.status == 304)
        return Framing::none;
    if (framer.has_encoding) return Framing::chunked;
    if (framer.has_length) return framer.length > 0 ? Framing::length : Framing::none;
    return Framing::until_close;
}

}  // namespace

std::string_view RequestHead::header(std::string_view name) const {
    return find_header(headers, name);
}

std::string_view RequestHead::header(Field field) const {
    auto found = std::ranges::find(headers, field, &Header::field);
    return found == headers.end() ? std::string_view() : found->value;
}

bool RequestHead::has(std::string_view name) const {
    for (const Header& header : headers)
        if (iequals(header.name, name)) return true;
    return false;
}

bool RequestHead::has(Field field) const {
    return std::ranges::find(headers, field, &Header::field) != headers.end();
}

void RequestHead::clear() {
    std::vector<Header> kept = std::move(headers);
    kept.clear();
    *this = RequestHead{};
    headers = std::move(kept);
}

std::string_view ResponseHead::header(std::string_view name) const {
    return find_header(headers, name);
}

void ResponseHead::clear() {
    std::vector<Header> kept = std::move(headers);
    kept.clear();
    *this = ResponseHead{};
    headers = std::move(kept);
}

std::size_t head_length(std::string_view text, std::size_t& scanned) {
    std::size_t from = scanned > 3 ? scanned - 3 : 0;
    std::size_t end = text.find("\r\n\r\n", from);
    scanned = text.size();
    return end == std::string_view::npos ? 0 : end + 4;
}

bool cannot_become_head(std::string_view text) {
    if (!text.empty() && text.front() != '\r' && !token_bytes[static_cast<unsigned char>(text.front())])
        return true;
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        if (at == 0 || text[at - 1] != '\r') return true;
    return false;
}

Fault parse_request_head(std::string_view text, const HeadLimits& limits, RequestHead& head) {
    head.clear();
    if (text.size() > limits.bytes) return HeadFault{431, "the head is too large"};
    std::optional<std::string_view> line = take_line(text);
    if (!line) return HeadFault{400, "the request line is malformed"};
    if (Fault fault = parse_request_line(*line, head)) return fault;
    if (Fault fault = parse_headers(text, limits.headers, head.headers)) return fault;
    if (Fault fault = frame_request(head)) return fault;
    return note_expectation(head);
}

Fault parse_response_head(std::string_view text, std::string_view method, ResponseHead& head) {
    head.clear();
    std::optional<std::string_view> line = take_line(text);
    if (!line) return HeadFault{502, "the status line is malformed"};
    if (Fault fault = parse_status_line(*line, head)) return fault;
    constexpr std::size_t most_headers = 500;
    if (Fault fault = parse_headers(text, most_headers, head.headers)) return HeadFault{502, fault->reason};
    Framer framer;
    for (const Header& header : head.headers) {
        if (!framing_fields.has(header.field)) continue;
        if (Fault fault = note_framing(header, framer)) return HeadFault{502, fault->reason};
    }
    head.framing = response_framing(head, framer, method);
    head.content_length = framer.length;
    head.keep_alive = head.minor_version == 1 ? !framer.close : framer.keep_alive && !framer.close;
    bool doubtful = framer.has_encoding && (framer.has_length || head.minor_version == 0);  // RFC 9112 6.1
    if (doubtful || head.framing == Framing::until_close) head.keep_alive = false;
    return std::nullopt;
}

bool trailers_are_sound(std::string_view text) {
    while (!text.empty()) {
        std::optional<std::string_view> line = take_line(text);
        Header header;
        if (!line || !parse_header_line(*line, header)) return false;
        if (single_fields.has(header.field) || is_hop_by_hop(header.field)) return false;
    }
    return true;
}

Field field_of(std::string_view name) {
    if (name.size() > longest_field_name) return Field::other;
    std::size_t end = first_of_length[name.size() + 1];
    for (std::size_t i = first_of_length[name.size()]; i < end; ++i)
        if (iequals_of_one_length(name, field_names[i])) return static_cast<Field>(i);
    return Field::other;
}

bool is_hop_by_hop(Field field) {
    return hop_by_hop.has(field);
}

bool list_holds(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        std::size_t comma = list.find(',');
        if (iequals(trim(list.substr(0, comma)), word)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
    return false;
}

bool path_is_safe(std::string_view path) {
    // Nearly every path: no escape, no backslash, no dot at the start of a segment.
    if (path.find_first_of("%\\") == std::string_view::npos && path.find("/.") == std::string_view::npos)
        return true;
    std::optional<std::string> decoded = decode_percent(path);
    if (!decoded || decoded->find('\0') != std::string::npos) return false;
    for (char& c : *decoded)
        if (c == '\\') c = '/';
    for (std::string_view segment : split(*decoded, '/')) {
        segment = segment.substr(0, segment.find(';'));
        if (segment == "." || segment == "..") return false;
    }
    return true;
}

}  // namespace aihub::http
