// route: which servers can take the request?
//
// Below a service's prefix: the service's own. At the root: those that have the model which the body names;
// the body is read for as long as it takes to know, and kept, so that what was read can be sent. A model that
// nobody seems to have makes the gateway ask the services for their lists at once, before it says no.
#include <tuple>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/json_scan.hpp"
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

void set_root_target(Exchange& x) {
    std::string_view target = x.request.target;
    if (x.dialect == Dialect::ollama)
        x.upstream_target = "/api" + std::string(target.substr(x.policy().base_path.size()));
    else
        x.upstream_target = std::string(target);
}

// Audio paths whose model nobody names or has ("tts-1", "whisper-1") go to the service of that kind.
std::optional<ServiceKind> kind_of_path(std::string_view path) {
    if (path == "/v1/audio/speech" || path == "/v1/audio/voices") return ServiceKind::speech;
    if (path == "/v1/audio/transcriptions" || path == "/v1/audio/translations")
        return ServiceKind::transcription;
    return std::nullopt;
}

bool is_audio(std::string_view path) {
    return path.starts_with("/v1/audio/");
}

// Reads until the model is known or all of the body was seen. What ended it early is the step to answer with,
// else `piece`.
net::Task<BodyStep> read_model(Exchange& x, OutgoingBody& body) {
    while (!body.prefetched_all() && !body.reader().model() && !body.reader().hopeless() && body.kept_all()) {
        BodyStep step = co_await body.prefetch();
        if (step != BodyStep::piece && step != BodyStep::end) co_return step;
    }
    if (!body.kept_all()) co_return BodyStep::lost;
    co_return BodyStep::piece;
}

// Whether a server of this kind can answer the request at all.
bool speaks(const Exchange& x, ServiceKind kind) {
    if (x.dialect == Dialect::ollama) return kind == ServiceKind::ollama;
    bool audio_only = kind == ServiceKind::speech || kind == ServiceKind::transcription;
    return is_audio(x.request.path) ? kind != ServiceKind::plain : !audio_only && kind != ServiceKind::plain;
}

// The servers that have the model and speak the dialect of the request.
Candidates capable(const Exchange& x, const std::string& model) {
    Candidates candidates;
    for (const Upstream* upstream : x.picture->catalogue->having(model))
        if (speaks(x, upstream->service->config.kind)) candidates.push_back(upstream);
    return candidates;
}

bool known(const Exchange& x, const std::string& model) {
    return !x.picture->catalogue->having(model).empty();
}

// Waits, while the model is unknown, until every service was asked after this request came, or took too long.
net::Task<void> await_discovery(Exchange& x, const std::string& model) {
    if (!x.first_picture) x.first_picture = x.picture;
    std::uint64_t round = x.worker.ask_for_discovery();
    while (capable(x, model).empty() && x.picture->discovery_round < round) {
        bool came = co_await x.worker.next_picture();
        if (!came) co_return;
        x.picture = x.worker.picture;
    }
}

Problem unknown_model(const Exchange& x, const std::string& model) {
    if (known(x, model) && x.dialect == Dialect::ollama)
        return Problem(400,
                       "the model `" + model +
                           "` is on a server that does not speak Ollama's API; use /v1/chat/completions "
                           "or another path below /v1",
                       "unsupported_dialect");
    if (known(x, model))
        return Problem(400, "the model `" + model + "` is on a server for audio; use a path below /v1/audio",
                       "unsupported_path");
    std::size_t count = x.picture->catalogue->model_count();
    std::string there = count == 0 ? "no service answers with a list of models; see /health with an admin key"
                                   : "the models that are there: GET /v1/models";
    return Problem(404, "the model `" + model + "` is not found on any service; " + there, "model_not_found");
}

std::vector<const Upstream*> of_kind(const Exchange& x, std::optional<ServiceKind> kind) {
    return kind ? x.picture->catalogue->of_kind(*kind) : Candidates();
}

// What the body says decides; a refusal when it says nothing, or says it twice. No candidates and no refusal:
// nobody has the model, as far as is known.
std::optional<Problem> choose_by_model(Exchange& x, OutgoingBody& body, Candidates& candidates) {
    std::optional<ServiceKind> kind = kind_of_path(x.request.path);
    if (body.reader().ambiguous())
        return Problem(400, "the body names `model` twice; name it once", "ambiguous_model");
    if (body.reader().model()) {
        x.model = *body.reader().model();
        candidates = capable(x, x.model);
        if (candidates.empty()) candidates = of_kind(x, kind);
        return std::nullopt;
    }
    candidates = of_kind(x, kind);
    if (!candidates.empty()) return std::nullopt;
    if (x.request.framing == http::Framing::none && x.request.method != "POST")
        return Problem(404,
                       "there is nothing at " + std::string(x.request.path) + "; the paths are in README.md");
    return Problem(400,
                   "the body names no model; send JSON with a `model`, or multipart with a field `model`",
                   "missing_model");
}

std::optional<Problem> choose_administrative(const Exchange& x, Candidates& candidates) {
    if (!x.is_admin())
        return Problem(403,
                       "changing models takes an admin key; make one with `aihub-keys add USER --admin`");
    candidates = x.picture->catalogue->of_kind(ServiceKind::ollama);
    if (candidates.empty()) return Problem(503, "no Ollama service is configured; set OLLAMA_URL");
    candidates.resize(1);  // a model lives on one machine: never half a pull here and half there
    return std::nullopt;
}

// Below a prefix the model decides nothing; the log shows it where a look at the body costs nothing.
void note_model(Exchange& x) {
    if (!x.body_is_whole || !x.whole_body.starts_with('{')) return;
    JsonScan scan;
    scan.feed(x.whole_body);
    x.model = scan.model().value_or(std::string());
}

std::optional<Problem> choose_service(Exchange& x, Candidates& candidates) {
    std::string_view rest = x.request.target.substr(x.service->prefix.size());
    x.upstream_target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    note_model(x);
    for (const Upstream& upstream : x.service->upstreams) candidates.push_back(&upstream);
    if (candidates.empty()) return Problem(503, "the service has no address; set its url");
    return std::nullopt;
}

std::uint64_t body_limit(const Exchange& x) {
    if (x.room == Room::prefix) return x.service->config.body_limit;
    return is_audio(x.request.path) ? x.policy().audio_body_limit : x.policy().body_limit;
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
        refusal = choose_service(x, candidates);
    } else {
        set_root_target(x);
        Verb verb = x.dialect == Dialect::ollama ? verb_of(below_base(x)) : Verb::by_model;
        if (verb == Verb::by_model) {
            body.open(body_limit(x), OutgoingBody::Keep::on_disk);
            body.read_for_model();
            if (!x.body_is_whole) read = co_await read_model(x, body);
            if (read == BodyStep::piece) refusal = choose_by_model(x, body, candidates);
            if (read == BodyStep::piece && !refusal && candidates.empty()) {
                co_await await_discovery(x, x.model);
                candidates = capable(x, x.model);
                if (candidates.empty()) refusal = unknown_model(x, x.model);
            }
        } else if (verb == Verb::administrative) {
            body.open(body_limit(x), OutgoingBody::Keep::in_memory);
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
    if (refusal)
        co_await refuse(x, std::move(*refusal));
    else
        order_candidates(candidates);
}

void order_candidates(Candidates& candidates) {
    if (candidates.size() < 2) return;
    struct Rank {
        bool down;
        double load;
        std::size_t place;
    };
    std::int64_t now = net::steady_ms();
    std::vector<Rank> ranks;  // read once: the numbers move while we sort
    for (const Upstream* upstream : candidates)
        ranks.push_back({upstream->state->down_until > now,
                         static_cast<double>(upstream->state->outstanding) / upstream->weight, ranks.size()});
    std::sort(ranks.begin(), ranks.end(), [](const Rank& a, const Rank& b) {
        return std::tie(a.down, a.load, a.place) < std::tie(b.down, b.load, b.place);
    });
    Candidates ordered;
    for (const Rank& rank : ranks) ordered.push_back(candidates[rank.place]);
    candidates = std::move(ordered);
}

}  // namespace aihub::serve
