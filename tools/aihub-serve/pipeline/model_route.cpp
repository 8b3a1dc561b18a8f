#include "tools/aihub-serve/pipeline/model_route.hpp"

#include <algorithm>

#include <array>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/content.hpp"
#include "tools/aihub-serve/services/conversation.hpp"
#include "tools/aihub-serve/services/ollama_show.hpp"
#include "tools/aihub-serve/translate/load_request.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;
using net::BodyStep;
using translate::Api;

constexpr std::string_view any_model = "auto";
// Beyond it a body is parsed on the offload pool: a loop has others to serve.
constexpr std::size_t quick_parse = 256 * 1024;

// Audio paths whose model nobody names or has ("tts-1", "whisper-1") go to the service of that kind.
std::optional<ServiceKind> kind_of_path(std::string_view path) {
    if (path == "/v1/audio/speech" || path == "/v1/audio/voices") return ServiceKind::speech;
    if (path == "/v1/audio/transcriptions" || path == "/v1/audio/translations")
        return ServiceKind::transcription;
    return std::nullopt;
}

bool is_embedding(Api api) {
    return api == Api::embeddings || api == Api::ollama_embed || api == Api::ollama_embeddings;
}

// Whether a server of this kind can take a request to a path that is not translated.
bool takes_path(const Exchange& x, ServiceKind kind) {
    if (x.dialect == Dialect::ollama) return kind == ServiceKind::ollama;
    bool audio_only = kind == ServiceKind::speech || kind == ServiceKind::transcription;
    return is_audio_path(x.request.path) ? kind != ServiceKind::plain
                                         : !audio_only && kind != ServiceKind::plain;
}

// By which API a server is asked that does not speak the client's; the first that it speaks.
std::array<Api, 2> detours(Api api) {
    if (is_embedding(api)) return {Api::embeddings, Api::ollama_embed};
    return {Api::chat, Api::ollama_chat};
}

// The name by which the server has the model, when it is not the one in the request.
std::string rename(const Placement& placement, std::string_view requested) {
    if (placement.id == requested) return {};
    bool ollama = placement.upstream->service->config.kind == ServiceKind::ollama;
    if (ollama && placement.id == std::string(requested) + ":latest") return {};
    return placement.id;
}

// What a model lacks of `needs`.
Abilities missing(const ModelEntry& entry, Abilities needs) {
    return needs.without(entry.capabilities.abilities);
}

// A model that has all of `needs`; where there is none, one that can at least hear (the older gateway's
// rule).
const ModelEntry* able_to(const Catalogue& catalogue, Abilities needs) {
    for (Ability ability : {Ability::audio, Ability::vision, Ability::embedding}) {
        if (!needs.has(ability)) continue;
        for (const ModelEntry* entry : catalogue.models().all_able(ability))
            if (missing(*entry, needs).empty()) return entry;
        if (const ModelEntry* entry = catalogue.able(ability)) return entry;
    }
    return nullptr;
}

// Whether there is anything that the model cannot take and another one can: else nobody has to look.
bool could_go_elsewhere(const Catalogue& catalogue, const ModelEntry& entry) {
    for (Ability ability : {Ability::vision, Ability::audio})
        if (!entry.capabilities.has(ability) && catalogue.able(ability)) return true;
    return false;
}

std::string words_of(Abilities needs) {
    std::string words;
    for (Ability ability : all_abilities)
        if (needs.has(ability)) words.append(words.empty() ? "" : " and ").append(ability_name(ability));
    return words;
}

// The older gateway's sentences.
Problem no_able_model(Abilities needs) {
    if (needs.has(Ability::audio))
        return Problem(404, "No model with audio capability loaded. Load an 'omni' model.",
                       "model_not_found");
    if (needs.has(Ability::vision))
        return Problem(404, "No model with vision capability loaded. Load a 'vision' or 'omni' model.",
                       "model_not_found");
    return Problem(404, "No embedding model loaded.", "model_not_found");
}

}  // namespace

bool is_audio_path(std::string_view path) {
    return path.starts_with("/v1/audio/");
}

void choose_order(Exchange& x, Candidates& candidates, ChoiceHints hints) {
    if (candidates.empty()) return;
    hints.fallback = x.policy().strategy;
    hints.groups = &x.policy().groups;
    order_candidates(candidates, hints);
}

void ModelRoute::note(std::string_view why) {
    if (why.empty()) return;
    if (!x_.reason.empty()) x_.reason.append("; ");
    x_.reason.append(printable(why));
}

net::Task<BodyStep> ModelRoute::run() {
    body_.read_for_model();
    x_.api = translate::api_of(std::string_view(x_.upstream_target).substr(0, x_.upstream_target.find('?')));
    BodyStep read = co_await read_model();
    if (read != BodyStep::piece) co_return read;
    if (body_.reader().ambiguous()) {
        refuse_ambiguous();
        co_return read;
    }
    if (!body_.reader().model()) {
        if (!add_kind()) refuse_body();
        co_return read;
    }
    x_.model = *body_.reader().model();
    co_await choose_by_name();
    if (!refusal_ && candidates_.empty()) co_return read;  // answered
    if (!refusal_) order();
    co_return read;
}

// Reads until the model is known or all of the body was seen. What ended it early is the step to answer with,
// else `piece`.
net::Task<BodyStep> ModelRoute::read_model() {
    if (x_.body_is_whole) co_return BodyStep::piece;
    Waiting waiting(x_);
    while (!body_.prefetched_all() && !body_.reader().model() && !body_.reader().hopeless() &&
           body_.kept_all()) {
        BodyStep step = co_await body_.prefetch();
        if (step != BodyStep::piece && step != BodyStep::end) co_return step;
    }
    co_return body_.kept_all() ? BodyStep::piece : BodyStep::lost;
}

void ModelRoute::refuse_ambiguous() {
    refusal_ = Problem(400, "the body names `model` twice; name it once", "ambiguous_model");
}

void ModelRoute::refuse_body() {
    if (x_.request.framing == http::Framing::none && x_.request.method != "POST")
        refusal_ = Problem(
            404, "there is nothing at " + std::string(x_.request.path) + "; the paths are in README.md");
    else
        refusal_ = Problem(
            400, "the body names no model; send JSON with a `model`, or multipart with a field `model`",
            "missing_model");
}

// Servers of the kind that the path belongs to, whatever their models are called.
bool ModelRoute::add_kind() {
    std::optional<ServiceKind> kind = kind_of_path(x_.request.path);
    if (!kind) return false;
    for (const Upstream* upstream : x_.picture->catalogue->of_kind(*kind))
        candidates_.push_back({upstream, {}, {}});
    if (!candidates_.empty()) order();
    return !candidates_.empty();
}

net::Task<void> ModelRoute::choose_by_name() {
    bool is_auto = x_.model == any_model;
    for (bool waited = false;; waited = true) {
        resolved_ = x_.picture->catalogue->resolve(x_.model);
        BodyStep read = co_await choose_by_content();
        if (read != BodyStep::piece) {
            refusal_ = body_problem(read);
            co_return;
        }
        if (refusal_) co_return;
        if (resolved_.entry) {
            bool answered = co_await answer_itself();
            if (answered) co_return;
            co_await add_entry(*resolved_.entry, resolved_.only);
            if (!candidates_.empty()) co_await add_fallbacks(*resolved_.entry);
        }
        if (!candidates_.empty()) co_return;
        if (add_kind() || waited) break;
        co_await await_discovery(is_auto ? std::string() : x_.model);
    }
    if (candidates_.empty()) refuse_model(x_.model);
}

// Pictures, sound and embeddings go to a model that can take them, when the named one is `auto` or cannot.
net::Task<BodyStep> ModelRoute::choose_by_content() {
    if (!x_.api || resolved_.only) co_return BodyStep::piece;
    const Catalogue& catalogue = *x_.picture->catalogue;
    bool is_auto = !resolved_.entry && x_.model == any_model;
    if (!resolved_.entry && !is_auto) co_return BodyStep::piece;
    Abilities needs = is_embedding(*x_.api) ? Abilities{Ability::embedding} : Abilities{};
    if (needs.empty() && (is_auto || could_go_elsewhere(catalogue, *resolved_.entry))) {
        BodyStep step = co_await look_at_content(needs);
        if (step != BodyStep::piece || refusal_) co_return step;
    }
    if (is_auto && needs.empty()) needs = {Ability::text};
    if (resolved_.entry && missing(*resolved_.entry, needs).empty()) co_return BodyStep::piece;
    const ModelEntry* able =
        needs == Abilities{Ability::text} ? catalogue.able(Ability::text) : able_to(catalogue, needs);
    if (able) {
        note(is_auto ? "auto: " + words_of(needs) : words_of(needs) + " asked of a model without");
        resolved_ = {able, nullptr, "model " + able->name};
    } else if (is_auto && catalogue.model_count() > 0) {
        refusal_ = no_able_model(needs);
    }
    co_return BodyStep::piece;
}

// Puts what the content needs into `needs`.
net::Task<BodyStep> ModelRoute::look_at_content(Abilities& needs) {
    std::string_view text = x_.whole_body;
    if (!x_.body_is_whole) {
        Waiting waiting(x_);
        BodyStep step = co_await body_.collect(text);
        if (step != BodyStep::end) co_return step;
        if (body_.reader().ambiguous()) refuse_ambiguous();
    }
    if (!may_hold_media(text)) co_return BodyStep::piece;
    auto look = [&] { needs = needs_of(*x_.api, text); };
    if (text.size() <= quick_parse)
        look();
    else
        co_await x_.worker.offload.run(x_.worker.loop, look);
    co_return BodyStep::piece;
}

net::Task<void> ModelRoute::add_entry(const ModelEntry& entry, const Service* only) {
    for (const Placement& placement : entry.placements)
        if (!only || placement.upstream->service == only) co_await add_placement(placement);
}

net::Task<bool> ModelRoute::speaks(const Upstream& upstream, Api api) {
    if (std::optional<bool> known = known_to_speak(upstream, api)) co_return *known;
    Waiting waiting(x_);
    bool speaks_it = co_await x_.worker.abilities->speaks(x_.worker.loop, upstream, api);
    bool answered = known_to_speak(upstream, api).has_value();
    co_return speaks_it || !answered;  // who does not answer is asked for the thing itself, and found out
}

net::Task<void> ModelRoute::add_placement(const Placement& placement) {
    const Upstream& upstream = *placement.upstream;
    if (!x_.api) {
        bool takes = takes_path(x_, upstream.service->config.kind);
        if (takes && x_.dialect == Dialect::anthropic)  // counts tokens: nobody else knows such a path
            takes = co_await speaks(upstream, Api::messages);
        if (takes) candidates_.push_back({&upstream, rename(placement, x_.model), {}});
        co_return;
    }
    bool native = co_await speaks(upstream, *x_.api);
    if (native) {
        candidates_.push_back({&upstream, rename(placement, x_.model), {}});
        co_return;
    }
    for (Api detour : detours(*x_.api)) {
        if (detour == *x_.api || !translate::can_translate(*x_.api, detour)) continue;
        bool speaks_it = co_await speaks(upstream, detour);
        if (!speaks_it) continue;
        candidates_.push_back({&upstream, placement.id, detour});
        co_return;
    }
}

// Models that stand in: behind those of the named model that answer, before those that are down.
net::Task<void> ModelRoute::add_fallbacks(const ModelEntry& entry) {
    std::size_t own = candidates_.size();
    for (const std::string& name : entry.fallbacks) {
        Resolved stand_in = x_.picture->catalogue->resolve(name);
        if (stand_in.entry && stand_in.entry != &entry) co_await add_entry(*stand_in.entry, stand_in.only);
    }
    for (std::size_t i = own; i < candidates_.size(); ++i) candidates_[i].stands_in = true;
}

// Waits, while the model is unknown, until every service was asked after this request came, or took too long.
net::Task<void> ModelRoute::await_discovery(const std::string& model) {
    Waiting waiting(x_);
    if (!x_.first_picture) x_.first_picture = x_.picture;
    std::uint64_t round = x_.worker.ask_for_discovery();
    auto missing_still = [&] {
        const Catalogue& catalogue = *x_.picture->catalogue;
        return model.empty() ? catalogue.model_count() == 0 : !catalogue.resolve(model).entry;
    };
    while (missing_still() && x_.picture->discovery_round < round) {
        bool came = co_await x_.worker.next_picture();
        if (!came) co_return;
        x_.picture = x_.worker.picture;
    }
}

void ModelRoute::refuse_model(const std::string& model) {
    if (resolved_.entry && x_.api) {
        refusal_ =
            Problem(400,
                    "no server of the model `" + model + "` speaks " +
                        std::string(translate::name_of(*x_.api)) + ", nor what it can be translated to",
                    "unsupported_dialect");
    } else if (resolved_.entry && x_.dialect == Dialect::anthropic) {
        refusal_ =
            Problem(400,
                    "no server of the model `" + model + "` has this path of Anthropic's API; what it " +
                        "would count is in the `usage` of every reply",
                    "unsupported_path");
    } else if (resolved_.entry && x_.dialect == Dialect::ollama) {
        refusal_ = Problem(400,
                           "the model `" + model +
                               "` is on a server that does not speak Ollama's API, and this path has no "
                               "counterpart; use /v1/chat/completions or another path below /v1",
                           "unsupported_dialect");
    } else if (resolved_.entry) {
        refusal_ =
            Problem(400, "the model `" + model + "` is on a server for audio; use a path below /v1/audio",
                    "unsupported_path");
    } else {
        bool any = x_.picture->catalogue->model_count() > 0;
        std::string there = any ? "the models that are there: GET /v1/models"
                                : "no service answers with a list of models; see /health with an admin key";
        refusal_ = Problem(404, "the model `" + model + "` is not found on any service; " + there,
                           "model_not_found");
    }
}

// Ollama's questions that need no model: what it is, and whether it could be loaded.
net::Task<bool> ModelRoute::answer_itself() {
    bool at_ollama = std::any_of(
        resolved_.entry->placements.begin(), resolved_.entry->placements.end(),
        [](const Placement& each) { return each.upstream->service->config.kind == ServiceKind::ollama; });
    if (at_ollama || x_.dialect != Dialect::ollama) co_return false;
    Reply reply;
    if (!x_.api && x_.upstream_target == "/api/show") {
        reply.body = show_body(*resolved_.entry);
    } else {
        if (!x_.api || !x_.body_is_whole) co_return false;
        std::optional<Result<std::string>> loaded = translate::answer_load_request(
            *x_.api, x_.whole_body, {x_.request_id, x_.model, x_.model, now_ms(), {}});
        if (!loaded) co_return false;
        if (!*loaded) refusal_ = Problem(400, loaded->error().message + "; " + loaded->error().hint);
        if (!*loaded) co_return true;
        reply.body = **loaded;
    }
    x_.service = resolved_.entry->placements.front().upstream->service;
    co_await answer(x_, std::move(reply));
    co_return true;
}

void ModelRoute::order() {
    ChoiceHints hints;
    if (candidates_.size() > 1 && x_.policy().is_sticky(candidates_)) hints.conversation = conversation();
    if (resolved_.entry && resolved_.entry->turn) hints.turn = resolved_.entry->turn->fetch_add(1);
    note(resolved_.reason);
    choose_order(x_, candidates_, hints);
    note(candidates_.size() == 1 ? std::string("only server")
                                 : std::string(strategy_name(x_.policy().strategy_of(candidates_.front()))) +
                                       " of " + std::to_string(candidates_.size()));
}

std::uint64_t ModelRoute::conversation() const {
    for (std::string_view name : {"x-session-id", "x-litellm-session-id", "x-aihub-session"})
        if (std::string_view session = x_.request.header(name); !session.empty())
            return conversation_of_session(session);
    return x_.api && body_.reader().is_json() ? conversation_of(body_.beginning()) : 0;
}

}  // namespace aihub::serve
