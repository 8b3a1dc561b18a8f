// One request to one server, on one connection: sends it, waits for the reply and has it relayed. Lives in
// the frame of forward(), on its loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/outgoing_body.hpp"
#include "tools/aihub-serve/pipeline/relay.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"
#include "tools/aihub-serve/translate/translation.hpp"

namespace aihub::serve {

enum class Ended {
    answered,    // the client has a reply, whole or broken off
    unanswered,  // nothing of a reply has reached the client: another server may be tried
    stale,      // the same server once more, on a new connection: a kept one turned out to be closed, or what
                // the gateway had asked beyond the request was refused
    abandoned,  // the client left, or its body was refused
};

class Attempt {
public:
    // `translation` may be null. `may_pass_over`: there is another server to ask, so that a status which the
    // settings name is no answer.
    Attempt(Exchange& x, const Candidate& candidate, OutgoingBody& body, translate::Translation* translation,
            bool may_pass_over);
    ~Attempt();
    Attempt(const Attempt&) = delete;

    // The server has been entered already (UpstreamState::try_enter). `fresh`: not on a kept connection.
    net::Task<Ended> run(bool fresh);

    // Of an attempt that is unanswered: what became of it, and the status of a reply that says so.
    const std::string& trouble() const { return trouble_; }
    int failure_status() const { return failure_status_; }

private:
    enum class Head { missing, interim, final, malformed };

    const config::ServiceConfig& service() const { return upstream_.service->config; }
    std::string_view target() const;

    bool take_kept(bool fresh);
    net::Task<void> connect();
    net::Task<Ended> talk();
    net::Task<net::BodyStep> send_pieces(std::string head);
    net::Task<bool> send_piece(std::string_view head, std::string_view piece, bool last);
    net::Task<bool> deliver(std::string_view a, std::string_view b, std::string_view c, std::string_view d);
    net::Task<bool> deliver_rest();
    net::Task<bool> has_answered();
    net::Task<Ended> give_up_body(net::BodyStep step);
    bool may_ask_for_usage() const;
    net::Task<bool> refuses_question();
    net::Task<void> await_small_reply();
    net::Task<Ended> pass_reshaped();
    net::Task<Ended> switch_protocols();
    net::Task<void> pass_interim();

    Head look();
    Head malformed(const char* why);
    Milliseconds patience() const;
    bool too_large_to_send_twice() const;
    bool may_send_again() const;
    bool is_passed_over() const;
    std::optional<Ended> judge(Head came);
    void judge_status();
    void begin_passing_on();
    Ended no_head(net::ErrorCode failed);
    Ended fail(std::string what, int status, Breaker::Failure failure);
    Ended settle(RelayEnd end);

    Exchange& x_;
    const Candidate& candidate_;
    const Upstream& upstream_;
    OutgoingBody& body_;
    translate::Translation* translation_;
    bool may_pass_over_;
    net::UpstreamPool::Lease lease_;
    http::ResponseHead response_;
    std::size_t head_size_ = 0;
    std::size_t scanned_ = 0;  // of the response head
    const char* fault_ = "";
    std::int64_t sent_at_ns_ = 0;  // the end of the request
    bool asked_for_usage_ = false;
    bool sent_all_ = false;
    bool server_stays_ = false;
    bool reusable_ = false;
    bool judged_ = false;  // the breaker has learnt of this attempt
    std::string trouble_;
    int failure_status_ = 0;
};

// From the end of the request's body on, the client's leaving is noticed at once, also before the first byte
// of a reply.
void watch_client(Exchange& x);

}  // namespace aihub::serve
