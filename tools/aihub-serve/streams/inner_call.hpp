// A client's request, served by a session of its own inside the gateway, as if the client had connected to
// that: keys, limits, translation, the log line, all happen there. What comes back can then outlive the
// client.
#pragma once

#include <optional>
#include <string>

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

class InnerCall {
public:
    // `reply`: our end of a connection whose other end a session serves.
    InnerCall(Exchange& x, net::WirePtr reply) : x_(x), reply_(std::move(reply)) {}
    ~InnerCall() { x_.client.stop_watching(); }
    InnerCall(const InnerCall&) = delete;

    // Sends the request and waits for the head of the final reply; interim ones are passed on. Null when
    // there is none: the client has left, or the session ended without a reply. Once the request has gone
    // out, its line in the access log is the inner session's matter.
    net::Task<const http::ResponseHead*> run();

    // The reply as it is, to the client.
    net::Task<void> pass_on();
    // The head for a client who may come again: without what belongs to the connection.
    std::string head_for_events(const std::string& stream_id) const;
    // The body, at the front of what is pending.
    net::WirePtr take_body();

    const std::string& model() const { return model_; }

private:
    net::Task<bool> send();
    net::Task<bool> send_pieces(std::string head);
    net::Task<bool> send_piece(std::string_view head, std::string_view piece, bool last);
    net::Task<bool> head_is_here();
    net::Task<bool> read_head();
    void watch_client();

    Exchange& x_;
    net::WirePtr reply_;
    std::string model_;
    std::string head_text_;
    http::ResponseHead head_;
    std::size_t scanned_ = 0;
    bool has_head_ = false;
};

}  // namespace aihub::serve
