// The gateway's own endpoints: health, the lists that speak for all services, accounts and configuration. One
// table in endpoints.cpp: method, path, who may call, handler; one file of handlers a subject.
#pragma once

#include "tools/aihub-serve/pipeline/gateway.hpp"

namespace aihub::serve {

class Endpoints : public OwnEndpoints {
public:
    Handler find(const Exchange& x, Who who) const override;
};

// The body of /health: seed 001's shape; for admins, who are given how many requests wait, with a detail a
// service.
std::string health_body(const Picture& picture, const UsageBacklog& usage,
                        std::optional<std::size_t> waiting = {});

// The caller's requests that wait for a server.
net::Task<Reply> waiting_requests(Exchange& x);

// An admin's key was shown. Unlike is_admin(), also while auth is off: else any page in a browser could make
// itself keys here.
bool may_administer(const Exchange& x);

// The models: OpenAI's list and one of it, Ollama's list, the list that needs no key, the list of a user's
// page.
net::Task<Reply> openai_models(Exchange& x);
net::Task<Reply> openai_model(Exchange& x);
net::Task<Reply> ollama_tags(Exchange& x);
net::Task<Reply> public_models(Exchange& x);
net::Task<Reply> caller_models(Exchange& x);

// Ollama's /api/ps of all services in one, and the version of the first that answers.
net::Task<Reply> running_models(Exchange& x);
net::Task<Reply> ollama_version(Exchange& x);

// The caller's streams that can be taken up again; the events of one, which it answers by itself; the end of
// one.
net::Task<Reply> list_streams(Exchange& x);
net::Task<Reply> follow_stream(Exchange& x);
net::Task<Reply> end_stream(Exchange& x);

// Accounts, for admins.
net::Task<Reply> list_users(Exchange& x);
net::Task<Reply> show_user(Exchange& x);
net::Task<Reply> make_user(Exchange& x);
net::Task<Reply> change_user(Exchange& x);
net::Task<Reply> delete_user(Exchange& x);
net::Task<Reply> change_balance(Exchange& x);
net::Task<Reply> list_transactions(Exchange& x);
net::Task<Reply> list_user_keys(Exchange& x);
net::Task<Reply> make_user_key(Exchange& x);
net::Task<Reply> list_keys(Exchange& x);
net::Task<Reply> show_key(Exchange& x);
net::Task<Reply> change_key(Exchange& x);
net::Task<Reply> rotate_key(Exchange& x);
net::Task<Reply> revoke_key(Exchange& x);
net::Task<Reply> list_audit(Exchange& x);

// Requests for an account: by anybody, and what admins decide.
net::Task<Reply> sign_up(Exchange& x);
net::Task<Reply> list_signups(Exchange& x);
net::Task<Reply> approve_signup(Exchange& x);
net::Task<Reply> reject_signup(Exchange& x);

// What callers may know of themselves, and the keys of their own.
net::Task<Reply> show_me(Exchange& x);
net::Task<Reply> show_usage(Exchange& x);
net::Task<Reply> show_rate_limit(Exchange& x);
net::Task<Reply> show_stats(Exchange& x);
net::Task<Reply> list_own_keys(Exchange& x);
net::Task<Reply> make_own_key(Exchange& x);
net::Task<Reply> change_own_key(Exchange& x);
net::Task<Reply> rotate_own_key(Exchange& x);
net::Task<Reply> revoke_own_key(Exchange& x);

// The configuration, for admins.
net::Task<Reply> show_config(Exchange& x);
net::Task<Reply> change_config(Exchange& x);

}  // namespace aihub::serve
