// The head gate: HTTP/1.1 heads read strictly, with nothing left to interpretation.
//
// Whatever two parsers could read differently is refused here, so that no request means one thing to the
// gateway and another to the server behind it (request smuggling). Rules: RFC 9112 and 9110, the strict
// choice wherever they leave one. Pure functions over text in memory, any thread; views in a parsed head
// point into the text that was given.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::http {

// Headers that decide something on the way, by the length of their names.
enum class Field : std::uint8_t {
    te,
    host,
    range,
    expect,
    origin,
    accept,
    upgrade,
    api_key,
    x_api_key,
    connection,
    keep_alive,
    content_type,
    x_request_id,
    authorization,
    content_length,
    x_goog_api_key,
    accept_encoding,
    content_encoding,
    proxy_connection,
    transfer_encoding,
    proxy_authenticate,
    proxy_authorization,
    other,
};

// Which header a name (in any case) stands for.
Field field_of(std::string_view name);

// Some of them, a bit each.
class Fields {
public:
    constexpr Fields() = default;
    constexpr Fields(std::initializer_list<Field> fields) {
        for (Field field : fields) add(field);
    }
    constexpr void add(Field field) { bits_ |= 1U << static_cast<unsigned>(field); }
    constexpr bool has(Field field) const { return (bits_ >> static_cast<unsigned>(field) & 1U) != 0; }

private:
    std::uint32_t bits_ = 0;
};

struct Header {
    std::string_view name;
    std::string_view value;  // without white space around it

    // The header with all that stands in the text before the next one: "Name: value\r\n", byte for byte.
    std::string_view line;
    Field field = Field::other;  // as the name says
};

// How the end of a body is known (RFC 9112 section 6).
enum class Framing { none, length, chunked, until_close };

struct HeadLimits {
    std::size_t bytes = 32 * 1024;  // of the whole head
    std::size_t headers = 100;
};

// Why a head was refused: the status to answer with, and a sentence for people.
struct HeadFault {
    int status;
    const char* reason;
};

struct RequestHead {
    std::string_view method;
    std::string_view target;  // origin-form, or "*" for OPTIONS
    std::string_view path;    // target up to '?'
    std::string_view query;   // after '?', or empty
    int minor_version = 1;
    std::vector<Header> headers;

    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
    bool keep_alive = true;
    bool expect_continue = false;
    std::string_view
        upgrade;  // the protocol asked for, when Connection says upgrade too; else empty, also for HTTP/2

    // The first header of that name (any case), empty when there is none.
    std::string_view header(std::string_view name) const;
    std::string_view header(Field field) const;
    bool has(std::string_view name) const;
    bool has(Field field) const;
    void clear();
};

struct ResponseHead {
    int status = 0;
    std::string_view reason;
    int minor_version = 1;
    std::vector<Header> headers;

    Framing framing = Framing::none;
    std::uint64_t content_length = 0;
    bool keep_alive = true;

    std::string_view header(std::string_view name) const;
    void clear();
};

// Length of the head at the start of `text`, its empty line included; 0 while that has not arrived. `scanned`
// remembers how far a former call looked, so that a head that dribbles in is read once.
std::size_t head_length(std::string_view text, std::size_t& scanned);

// True when a head that is still arriving can be refused at once: it holds a bare LF, or does not begin like
// a request.
bool cannot_become_head(std::string_view text);

// Nothing when the head is sound. `text` is the whole head, as head_length measured it.
std::optional<HeadFault> parse_request_head(std::string_view text, const HeadLimits& limits,
                                            RequestHead& head);

// A head that an upstream sent in answer to a request of `method`.
std::optional<HeadFault> parse_response_head(std::string_view text, std::string_view method,
                                             ResponseHead& head);

// Header lines alone (a trailer section, RFC 9112 7.1.2), each ended by CRLF. False when one is malformed or
// names a field that may not come late (framing, routing, credentials: RFC 9110 6.5.1).
bool trailers_are_sound(std::string_view text);

// True for a header that concerns one hop only (RFC 9110 7.6.1).
bool is_hop_by_hop(Field field);
inline bool is_hop_by_hop(std::string_view name) {
    return is_hop_by_hop(field_of(name));
}

// True when a comma-separated list holds `word`, in any case.
bool list_holds(std::string_view list, std::string_view word);

// False for a path in which a segment is `.` or `..` in any spelling (%2e, behind %2f, %5c or a backslash,
// with a `;` parameter), or that holds an encoded NUL or a malformed escape: nothing may climb out of a
// prefix.
bool path_is_safe(std::string_view path);

}  // namespace aihub::http
