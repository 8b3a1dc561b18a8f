// One request and what becomes of it: all that the stages share. Lives in the session's coroutine for as long
// as the request does; views point into the client's buffer or into `head_text`, which stay put for as long.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/db/accounts.hpp"
#include "shared/http/head.hpp"
#include "tools/aihub-serve/accounts/ledger.hpp"
#include "tools/aihub-serve/net/request_body.hpp"
#include "tools/aihub-serve/net/wire.hpp"
#include "tools/aihub-serve/pipeline/dialect.hpp"
#include "tools/aihub-serve/pipeline/usage_scan.hpp"
#include "tools/aihub-serve/pipeline/worker.hpp"
#include "tools/aihub-serve/translate/api.hpp"

namespace aihub::serve {

// A reply of the gateway's own.
struct Reply {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string headers;  // more header lines, each with its CRLF
};

// Which part of the program a path belongs to.
enum class Room {
    own,     // an endpoint of the gateway itself
    prefix,  // a service, below its prefix: nothing is changed
    root,    // /v1 and BASE_PATH: the model named in the body decides
};

// Whom the last token on a connection belonged to: the next request nearly always brings the same one.
struct RememberedCaller {
    std::string token;
    std::shared_ptr<const Accounts> accounts;  // the picture in which it was looked up
    std::shared_ptr<const db::Account> account;
    std::shared_ptr<const Policy> policy;         // that `terms` point into
    std::shared_ptr<const db::Account> terms_of;  // whose they are
    Terms terms;
};

// What a request used, and what that costs.
struct Metered {
    std::int64_t id = 0;
    Quantities used;
    bool estimated = false;  // some count of it is not the server's
    std::int64_t cost_micro = 0;
    bool charged = false;  // the balance pays
};

// A problem, and header lines (each with its CRLF) that belong to its reply.
struct Refusal {
    Problem problem;
    std::string headers;
};

struct Exchange {
    Exchange(Worker& worker_, net::Wire& client_)
        : worker(worker_), client(client_), picture(worker_.picture), body(client_) {}
    ~Exchange() { client.stop_watching(); }
    Exchange(const Exchange&) = delete;

    Worker& worker;
    net::Wire& client;
    std::shared_ptr<const Picture> picture;
    std::shared_ptr<const Picture>
        first_picture;  // from before `picture` moved on: what was found in it stays valid

    http::RequestHead request;
    std::string head_text;        // owns the head when the body is read piece by piece
    std::string_view whole_body;  // the body, when all of it came along with the head
    bool body_is_whole = false;
    net::RequestBody body;  // else: as it comes

    std::string request_id;
    std::int64_t started_ns = 0;  // steady clock

    // identify
    RememberedCaller* remembered = nullptr;     // of the connection; may be null
    std::shared_ptr<const db::Account> caller;  // null: nobody, or auth is off
    std::array<std::size_t, 4>
        credentials{};  // indexes of headers that hold a key of the gateway: they never travel
    std::size_t credential_count = 0;

    // admit
    bool is_inference = false;     // makes a model work: is limited and metered
    const Terms* terms = nullptr;  // of the connection's caller; null: nobody, or no inference
    Claim claim;                   // what the request holds of them
    Quota requests_quota;
    Quota tokens_quota;

    // route
    Room room = Room::own;
    Dialect dialect = Dialect::plain;
    std::string model;
    std::string served_model;  // as the server that was asked last calls it; empty: as above
    const Service* service = nullptr;
    std::string_view upstream_target;   // path and query as the server gets them
    std::string rewritten_target;       // owns them when they are no part of the client's
    std::optional<translate::Api> api;  // which API the client speaks, where it is one that can be translated
    std::string reason;                 // why this server, for people: X-Aihub-Reason

    // outcome
    std::int64_t ended_ns = 0;   // steady clock
    std::int64_t ended_ms = 0;   // UTC
    int status = 0;              // 499: the client left before an answer
    bool answering = false;      // the head of a reply has gone out
    bool logged_inside = false;  // by the session that serves this call inside the gateway
    bool wants_events = false;   // the client asked for a stream of server-sent events
    bool begun = false;          // the gateway has begun such a stream by itself: its head is 200
    bool keep_alive = true;
    bool client_gone = false;
    bool must_reset = false;        // a clean end of the connection would make a broken reply look whole
    net::Wire* upstream = nullptr;  // while one is being talked to
    std::uint64_t body_bytes_sent = 0;
    std::uint64_t bytes_at_start = 0;  // of the client's wire
    std::string upstream_address;
    int upstream_status = 0;
    std::int64_t upstream_started_ns = 0;
    std::int64_t upstream_ended_ns = 0;
    std::int64_t first_byte_ns = 0;
    std::int64_t waited_ns = 0;  // for the client's body and for servers, not counting the wait under way
    std::int64_t waiting_since_ns = 0;  // 0: not waiting
    std::int64_t waited_until_ns = 0;   // the last time
    UsageScan usage;
    std::optional<Metered> metered;  // nothing: no server did anything for it

    const Policy& policy() const { return *picture->policy; }
    bool is_credential(std::size_t header) const {
        const auto* end = credentials.begin() + credential_count;
        return std::find(credentials.begin(), end, header) != end;
    }
    // Time that neither client nor servers took until `now_ns`: the gateway's own.
    std::int64_t own_time_ns(std::int64_t now_ns) const {
        return (waiting_since_ns > 0 ? waiting_since_ns : now_ns) - started_ns - waited_ns;
    }
    bool is_admin() const { return !policy().auth || (caller && caller->admin); }
};

std::int64_t steady_ns();

// Time in which the gateway itself has nothing to do, for as long as it lives.
class Waiting {
public:
    explicit Waiting(Exchange& x) : x_(x) { x_.waiting_since_ns = steady_ns(); }
    ~Waiting() {
        x_.waited_until_ns = steady_ns();
        x_.waited_ns += x_.waited_until_ns - x_.waiting_since_ns;
        x_.waiting_since_ns = 0;
    }
    Waiting(const Waiting&) = delete;

private:
    Exchange& x_;
};

// Answers with a reply of our own, or with an error in the path's dialect. Never more than once a request.
net::Task<void> answer(Exchange& x, Reply reply);
// `headers`: more lines, each with its CRLF.
net::Task<void> refuse(Exchange& x, Problem problem, std::string headers = {});

// Header lines for browsers (CORS) that belong to this reply; empty when there are none.
std::string cors_headers(const Exchange& x);

}  // namespace aihub::serve
