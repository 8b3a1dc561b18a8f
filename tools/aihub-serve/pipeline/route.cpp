// route: which servers can take the request?
//
// Below a service's prefix: the service's own. At the root: those that have the model which the body names; the body is read
// for as long as it takes to know, and kept, so that what was read can be sent. A model that nobody seems to have makes the
// gateway ask the services for their lists at once, before it says no.
#include <tuple>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/json_scan.hpp"
#include "tools/aihub-serve/pipeline/multipart_scan.hpp"
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
std::string_view below_base(const Exchange& x) { return x.request.path.substr(x.policy().base_path.size()); }

void set_root_target(Exchange& x) {
    std::string_view target = x.request.target;
    if (x.dialect == Dialect::ollama) x.upstream_target = "/api" + std::string(target.substr(x.policy().base_path.size()));
    else x.upstream_target = std::string(target);
}

bool is_multipart(const Exchange& x) { return istarts_with(x.request.header("content-type"), "multipart/form-data"); }

// What the body says about its model, whatever its form. Feeds on pieces.
class BodyReader {
public:
    explicit BodyReader(const Exchange& x) {
        if (is_multipart(x)) multipart_.emplace(x.request.header("content-type"));
    }
    void feed(std::string_view piece) {
        if (multipart_) multipart_->feed(piece);
        else json_.feed(piece);
    }
    std::optional<std::string> model() const { return multipart_ ? multipart_->model() : json_.model(); }
    bool ambiguous() const { return multipart_ ? multipart_->model_is_ambiguous() : json_.model_is_ambiguous(); }
    bool hopeless() const { return multipart_ ? !multipart_->usable() : json_.is_hopeless(); }

private:
    JsonScan json_;
    std::optional<MultipartScan> multipart_;
};

// Audio paths whose model nobody names or has ("tts-1", "whisper-1") go to the service of that kind.
std::optional<ServiceKind> kind_of_path(std::string_view path) {
    if (path == "/v1/audio/speech" || path == "/v1/audio/voices") return ServiceKind::speech;
    if (path == "/v1/audio/transcriptions" || path == "/v1/audio/translations") return ServiceKind::transcription;
    return std::nullopt;
}

bool is_audio(std::string_view path) { return path.starts_with("/v1/audio/"); }

// Reads until the model is known or all of the body was seen. False when the request was answered instead.
net::Task<bool> read_model(Exchange& x, OutgoingBody& body, BodyReader& reader) {
    if (x.body_is_whole) reader.feed(x.whole_body);
    while (!body.prefetched_all() && !reader.model() && !reader.hopeless() && body.kept_all()) {
        BodyStep step = co_await body.prefetch();
        if (step == BodyStep::piece || step == BodyStep::end) continue;
        x.keep_alive = false;
        x.client_gone = step == BodyStep::gone;
        if (!x.client_gone) co_await refuse(x, body_problem(step));
        co_return false;
    }
    co_return true;
}

// The servers that have the model and speak the dialect of the request.
Candidates capable(const Exchange& x, const std::string& model) {
    Candidates candidates;
    for (const Upstream* upstream : x.picture->catalogue->having(model)) {
        ServiceKind kind = upstream->service->config.kind;
        bool fits = x.dialect == Dialect::ollama ? kind == ServiceKind::ollama : kind != ServiceKind::plain;
        if (fits) candidates.push_back(upstream);
    }
    return candidates;
}

bool known(const Exchange& x, const std::string& model) { return !x.picture->catalogue->having(model).empty(); }

// Waits for a round of asking the services, while the model is unknown.
net::Task<void> await_discovery(Exchange& x, const std::string& model) {
    if (!x.first_picture) x.first_picture = x.picture;
    std::uint64_t round = x.picture->discovery_round;
    x.worker.ask_for_discovery();
    while (!known(x, model) && x.worker.picture->discovery_round <= round) {
        co_await x.worker.next_picture();
        x.picture = x.worker.picture;
    }
}

Problem unknown_model(const Exchange& x, const std::string& model) {
    if (known(x, model))
        return Problem(400, "the model `" + model + "` is on a server that does not speak Ollama's API; use /v1/chat/completions "
                            "or another path below /v1", "unsupported_dialect");
    std::size_t count = x.picture->catalogue->model_count();
    std::string there = count == 0 ? "no service answers with a list of models; see /health with an admin key"
                                   : "the models that are there: GET /v1/models";
    return Problem(404, "the model `" + model + "` is not found on any service; " + there, "model_not_found");
}

net::Task<void> route_by_model(Exchange& x, OutgoingBody& body, Candidates& candidates) {
    BodyReader reader(x);
    body.inspect_with([&reader](std::string_view piece) { reader.feed(piece); });
    bool going_on = co_await read_model(x, body, reader);
    body.inspect_with(nullptr);
    if (!going_on) co_return;
    std::optional<std::string> model = reader.model();
    std::optional<ServiceKind> kind = kind_of_path(x.request.path);
    if (reader.ambiguous())
        co_return co_await refuse(x, Problem(400, "the body names `model` twice; name it once", "ambiguous_model"));
    if (model && !model->empty()) {
        x.model = *model;
        candidates = capable(x, *model);
        if (candidates.empty() && kind) candidates = x.picture->catalogue->of_kind(*kind);
        if (candidates.empty()) {
            co_await await_discovery(x, *model);
            candidates = capable(x, *model);
        }
        if (candidates.empty()) co_await refuse(x, unknown_model(x, *model));
        co_return;
    }
    if (kind) candidates = x.picture->catalogue->of_kind(*kind);
    if (!candidates.empty()) co_return;
    if (x.request.framing == http::Framing::none && x.request.method != "POST")
        co_return co_await refuse(x, Problem(404, "there is nothing at " + std::string(x.request.path) + "; the paths are in README.md"));
    co_await refuse(x, Problem(400, "the body names no model; send JSON with a `model`, or multipart with a field `model`",
                               "missing_model"));
}

net::Task<void> route_root(Exchange& x, OutgoingBody& body, Candidates& candidates) {
    set_root_target(x);
    std::uint64_t limit = is_audio(x.request.path) ? x.policy().audio_body_limit : x.policy().body_limit;
    body.open(limit, true);
    if (x.dialect != Dialect::ollama) co_return co_await route_by_model(x, body, candidates);
    Verb verb = verb_of(below_base(x));
    if (verb == Verb::by_model) co_return co_await route_by_model(x, body, candidates);
    if (verb == Verb::none)
        co_return co_await refuse(x, Problem(404, "there is nothing at " + std::string(x.request.path) + " of Ollama's API"));
    if (!x.is_admin())
        co_return co_await refuse(x, Problem(403, "changing models takes an admin key; make one with `aihub-keys add USER --admin`"));
    candidates = x.picture->catalogue->of_kind(ServiceKind::ollama);
    if (candidates.empty())
        co_return co_await refuse(x, Problem(503, "no Ollama service is configured; set OLLAMA_URL"));
    candidates.resize(1);  // a model lives on one machine: never half a pull here and half there
}

// Below a prefix the model decides nothing; the log shows it where a look at the body costs nothing.
void note_model(Exchange& x) {
    if (!x.body_is_whole || !x.whole_body.starts_with('{')) return;
    JsonScan scan;
    scan.feed(x.whole_body);
    x.model = scan.model().value_or(std::string());
}

net::Task<void> route_prefix(Exchange& x, OutgoingBody& body, Candidates& candidates) {
    std::string_view rest = x.request.target.substr(x.service->prefix.size());
    x.upstream_target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
    body.open(x.service->config.body_limit, false);
    for (const Upstream& upstream : x.service->upstreams) candidates.push_back(&upstream);
    note_model(x);
    if (candidates.empty()) co_await refuse(x, Problem(503, "the service has no address; set its url"));
}

// A body that is known to be too large is refused before a byte of it is read.
bool announced_too_large(const Exchange& x) {
    if (x.request.framing != http::Framing::length) return false;
    std::uint64_t limit = x.room == Room::prefix      ? x.service->config.body_limit
                          : is_audio(x.request.path) ? x.policy().audio_body_limit
                                                      : x.policy().body_limit;
    return x.request.content_length > limit;
}

}  // namespace

net::Task<void> route(Exchange& x, OutgoingBody& body, Candidates& candidates) {
    if (announced_too_large(x)) {
        x.keep_alive = false;
        co_return co_await refuse(x, body_problem(BodyStep::too_large));
    }
    if (x.room == Room::prefix) co_await route_prefix(x, body, candidates);
    else co_await route_root(x, body, candidates);
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
