// route: which servers can take the request?
//
// Below a service's prefix: the service's own. At the root: those that have the model which the body names;
// the body is read for as long as it takes to know, and kept, so that what was read can be sent. A model that
// nobody seems to have makes the gateway ask the services for their lists at once, before it says no.
#include "tools/aihub-serve/pipeline/inference.hpp"
#include "tools/aihub-serve/pipeline/json_scan.hpp"
#include "tools/aihub-serve/pipeline/model_route.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using net::BodyStep;

// Ollama's verbs below BASE_PATH, and who may use them.
enum class Verb { none, by_model, administrative };

Verb verb_of(std::string_view path) {
    for (std::string_view verb : {"/generate", "/chat", "/embed", "/embeddings", "/show"})
        if (path == verb) return Verb::by_model;
    for (std::string_view verb : {"/pull", "/create", "/delete", "/push", "/copy"})
        if (path == verb) return Verb::administrative;
    if (path.starts_with("/blobs/")) return Verb::administrative;
    return Verb::none;
}

// The path below BASE_PATH, as Ollama knows it below /api.
std::string_view below_base(const Exchange& x) {
    return x.request.path.substr(x.policy().base_path.size());
}

void rewrite_target(Exchange& x, std::string_view beginning, std::string_view rest) {
    x.rewritten_target.assign(beginning).append(rest);
    x.upstream_target = x.rewritten_target;
}

void set_root_target(Exchange& x) {
    x.upstream_target = x.request.target;
    if (x.dialect == Dialect::ollama)
        rewrite_target(x, "/api", x.upstream_target.substr(x.policy().base_path.size()));
}

std::optional<Problem> choose_administrative(const Exchange& x, Candidates& candidates) {
    if (!x.is_admin())
        return Problem(403,
                       "changing models takes an admin key; make one with `aihub-keys add USER --admin`");
    std::vector<const Upstream*> servers = x.picture->catalogue->of_kind(ServiceKind::ollama);
    if (servers.empty()) return Problem(503, "no Ollama service is configured; set OLLAMA_URL");
    candidates.push_back({servers.front(), {}, {}});  // a model lives on one machine: never half a pull
    return std::nullopt;
}

// Below a prefix the model decides nothing; the log shows it where a look at the body costs nothing.
void note_model(Exchange& x) {
    if (!x.body_is_whole || !x.whole_body.starts_with('{')) return;
    JsonScan scan;
    scan.feed(x.whole_body);
    x.model = scan.model().value_or(std::string());
}

// What it brings is known to its bytes alone: how long the sound is, or which model is to be paid for.
void read_form(Exchange& x, OutgoingBody& body) {
    body.read_for_model();
    if (x.model.empty()) x.model = body.reader().model().value_or(std::string());
}

std::optional<Problem> choose_service(Exchange& x, OutgoingBody& body, Candidates& candidates) {
    x.upstream_target = x.request.target.substr(x.service->prefix.size());
    if (!x.upstream_target.starts_with('/')) rewrite_target(x, "/", x.upstream_target);
    note_model(x);
    bool comes_in_pieces = x.is_inference && !x.body_is_whole;
    if (is_transcription(x) || comes_in_pieces) read_form(x, body);
    for (const Upstream& upstream : x.service->upstreams) candidates.push_back({&upstream, {}, {}});
    if (candidates.empty()) return Problem(503, "the service has no address; set its url");
    return std::nullopt;
}

std::uint64_t body_limit(const Exchange& x) {
    if (x.room == Room::prefix) return x.service->config.body_limit;
    return is_audio_path(x.request.path) ? x.policy().audio_body_limit : x.policy().body_limit;
}

// A body that is known to be too large is refused before a byte of it is read.
bool announced_too_large(const Exchange& x) {
    return x.request.framing == http::Framing::length && x.request.content_length > body_limit(x);
}

}  // namespace

net::Task<void> route(Exchange& x, OutgoingBody& body, Candidates& candidates) {
    std::optional<Problem> refusal;
    BodyStep read = announced_too_large(x) ? BodyStep::too_large : BodyStep::piece;
    if (read != BodyStep::piece) {
        // refused below
    } else if (x.room == Room::prefix) {
        body.open(body_limit(x), OutgoingBody::Keep::in_memory);
        refusal = choose_service(x, body, candidates);
        if (!refusal) choose_order(x, candidates, {.turn = x.worker.turn++});
    } else {
        set_root_target(x);
        Verb verb = x.dialect == Dialect::ollama ? verb_of(below_base(x)) : Verb::by_model;
        body.open(body_limit(x),
                  verb == Verb::by_model ? OutgoingBody::Keep::on_disk : OutgoingBody::Keep::in_memory);
        if (verb == Verb::by_model) {
            ModelRoute by_model(x, body, candidates);
            if (!by_model.decide_now()) read = co_await by_model.run();
            refusal = by_model.take_refusal();
        } else if (verb == Verb::administrative) {
            refusal = choose_administrative(x, candidates);
        } else {
            refusal = Problem(404, "there is nothing at " + std::string(x.request.path) + " of Ollama's API");
        }
    }
    if (read != BodyStep::piece) {
        x.keep_alive = false;
        x.client_gone = read == BodyStep::gone;
        if (!x.client_gone) refusal = body_problem(read);
    }
    if (!refusal) co_return;
    give_back_trials(candidates);
    candidates.clear();
    co_await refuse(x, std::move(*refusal));
}

}  // namespace aihub::serve
