// admit: may the caller go on, by the limits of tier, user and key, the balance and the budget?
//
// Asked before anything of the body is read, and again for the model once that is known. What is taken here
// is given back when no server gets to answer: a request that the gateway refuses costs nothing.
#include <algorithm>

#include "shared/base/glob.hpp"
#include "shared/base/money.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/net/loop.hpp"
#include "tools/aihub-serve/pipeline/inference.hpp"
#include "tools/aihub-serve/pipeline/quota_headers.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"
#include "tools/aihub-serve/pipeline/tariff_name.hpp"

namespace aihub::serve {
namespace {

// The terms of a connection's caller are looked up once, until accounts or settings change.
const Terms& terms_of(Exchange& x) {
    RememberedCaller& known = *x.remembered;
    const std::shared_ptr<const Policy>& policy = x.picture->policy;
    if (known.policy != policy || known.terms_of != x.caller) {
        known.terms =
            x.worker.ledger->terms_of(*x.caller, policy->tariff, x.picture->accounts->parents_of(*x.caller));
        known.policy = policy;
        known.terms_of = x.caller;
    }
    return known.terms;
}

std::string whose_words(Shortage::Whose whose) {
    switch (whose) {
        case Shortage::Whose::key:
            return "this API key";
        case Shortage::Whose::model:
            return "this model";
        case Shortage::Whose::user:
            break;
    }
    return "your account";
}

std::string seconds_words(std::int64_t ms) {
    std::int64_t seconds = std::max<std::int64_t>(1, (ms + 999) / 1000);
    return std::to_string(seconds) + (seconds == 1 ? " second" : " seconds");
}

Problem problem_of(const Shortage& shortage) {
    std::string of = whose_words(shortage.whose);
    std::string limit = std::to_string(shortage.limit);
    switch (shortage.of) {
        case Shortage::Of::requests:
            return Problem(429,
                           "Rate limit exceeded: " + of + " may make " + limit +
                               " requests a minute; try again in " + seconds_words(shortage.wait_ms),
                           "rate_limit_exceeded");
        case Shortage::Of::tokens:
            return Problem(429,
                           "Rate limit exceeded: " + of + " may use " + limit +
                               " tokens a minute; try again in " + seconds_words(shortage.wait_ms),
                           "rate_limit_exceeded");
        case Shortage::Of::concurrency:
            return Problem(429,
                           "Rate limit exceeded: " + of + " may make " + limit +
                               " requests at once; wait for one of them to end",
                           "rate_limit_exceeded");
        case Shortage::Of::balance:
            return Problem(402, "Insufficient balance: ask the administrator to add to it",
                           "insufficient_quota");
        case Shortage::Of::budget:
            break;
    }
    return Problem(402,
                   "The budget of " + format_money(shortage.limit) +
                       " of this API key is spent; use another key, or "
                       "ask whoever made it for more",
                   "insufficient_quota");
}

Refusal refusal_of(const Shortage& shortage, const Exchange& x) {
    Refusal refusal{problem_of(shortage), quota_headers(x)};
    if (refusal.problem.status == 402) refusal.headers += "x-should-retry: false\r\n";
    if (refusal.problem.status == 429)
        refusal.headers +=
            "Retry-After: " + std::to_string(std::max<std::int64_t>(1, (shortage.wait_ms + 999) / 1000)) +
            "\r\n";
    return refusal;
}

void note(Exchange& x, const Verdict& verdict) {
    auto scarcer = [](Quota& quota, const Quota& other) {
        if (other.limit >= 0 && (quota.limit < 0 || other.remaining < quota.remaining)) quota = other;
    };
    scarcer(x.requests_quota, verdict.requests);
    scarcer(x.tokens_quota, verdict.tokens);
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

// A key with a list of models: the one that was asked for must be on it, or else the one that serves.
std::optional<Refusal> check_allowed(Exchange& x, Candidates& candidates) {
    if (!x.caller || x.caller->models.empty() || matches_any_glob(x.model, x.caller->models))
        return std::nullopt;
    Candidates allowed;
    Candidates dropped;
    for (Candidate& candidate : candidates) {
        bool fits = !candidate.model.empty() && matches_any_glob(candidate.model, x.caller->models);
        (fits ? allowed : dropped).push_back(std::move(candidate));
    }
    give_back_trials(dropped);
    candidates = std::move(allowed);
    if (!candidates.empty()) return std::nullopt;
    if (x.model.empty())
        return Refusal{
            Problem(403,
                    "this API key is for certain models only, and the request does not show its model where "
                    "it can be seen; send it to /v1",
                    "model_not_allowed"),
            {}};
    return Refusal{Problem(403,
                           "this API key may not use the model " + printable(x.model) +
                               "; use another key, or one of: " + listed(x.caller->models),
                           "model_not_allowed"),
                   {}};
}

std::optional<Refusal> check_model_limits(Exchange& x, std::string_view served) {
    const Tariff& tariff = x.policy().tariff;
    if (!tariff.limits_models() || !x.terms || x.terms->tier->unlimited) return std::nullopt;
    std::string name = tariff_name(x, served);
    const Allowance* allowance = tariff.allowance_of_model(name);
    if (!allowance) return std::nullopt;
    if (!x.claim.state) x.claim.state = x.terms->state;
    Verdict verdict = x.terms->state->admit_model(name, *allowance, net::steady_ms(), x.claim);
    note(x, verdict);
    if (verdict.shortage) return refusal_of(*verdict.shortage, x);
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> admit(Exchange& x) {
    x.is_inference = is_inference(x);
    if (!x.is_inference || !x.caller || !x.remembered) return std::nullopt;
    if (x.caller->worker)
        return Refusal{
            Problem(403, "a worker's key joins a hub and cannot ask models; use a user's key", "worker_key"),
            {}};
    x.terms = &terms_of(x);
    if (x.terms->are_free()) return std::nullopt;
    Verdict verdict = x.terms->state->admit(*x.terms, net::steady_ms(), x.claim);
    note(x, verdict);
    if (verdict.shortage) return refusal_of(*verdict.shortage, x);
    return std::nullopt;
}

std::optional<Refusal> admit_model(Exchange& x, Candidates& candidates) {
    if (!x.is_inference || candidates.empty()) return std::nullopt;
    if (std::optional<Refusal> refusal = check_allowed(x, candidates)) return refusal;
    return check_model_limits(x, candidates.front().model);
}

}  // namespace aihub::serve
