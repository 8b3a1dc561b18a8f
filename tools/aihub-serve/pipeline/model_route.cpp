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
    x_.reason.append(why);
}

ModelRoute::ModelRoute(Exchange& x, OutgoingBody& body, Candidates& candidates)
    : x_(x), body_(body), candidates_(candidates) {
    body_.read_for_model();
    x_.api = translate::api_of(x_.upstream_target.substr(0, x_.upstream_target.find('?')));
}

// The usual case: all of the body is here, and nobody has to be asked anything.
bool ModelRoute::decide_now() {
    if (!x_.body_is_whole) return false;
    if (!take_model()) return true;
    resolved_ = x_.picture->catalogue->resolve(x_.model);
    if (!resolved_.entry || needs_a_look() || answers_itself() || !is_known()) return false;
    add_all();
    if (candidates_.empty()) return false;
    order();
    return true;
}

net::Task<BodyStep> ModelRoute::run() {
    BodyStep read = co_await read_model();
    if (read != BodyStep::piece) co_return read;
    if (!take_model()) co_return read;
    co_await choose_by_name();
    if (!refusal_ && !candidates_.empty()) order();
    co_return read;
}

// False when there is none, and something else has been decided.
bool ModelRoute::take_model() {
    if (body_.reader().ambiguous()) return refuse_ambiguous(), false;
    if (body_.reader().model()) return x_.model = *body_.reader().model(), true;
    if (add_kind())
        order();
    else
        refuse_body();
    return false;
}

bool ModelRoute::has_to_read_on() const {
    if (body_.prefetched_all() || body_.reader().hopeless() || !body_.kept_all()) return false;
    return !body_.reader().model() || may_ask_for_usage();
}

// Whether what the server gets may have to be changed for its token counts, as far as the body has been read:
// its length has to be known before it is sent.
bool ModelRoute::may_ask_for_usage() const {
    bool has_question = x_.api == Api::chat || x_.api == Api::completions;
    const JsonScan& scan = body_.reader().json();
    return has_question && x_.policy().stream_usage && body_.reader().is_json() &&
           scan.stream().value_or(!scan.is_done()) && body_.may_be_held();
}

// Reads until the model is known or all of the body was seen. What ended it early is the step to answer with,
// else `piece`.
net::Task<BodyStep> ModelRoute::read_model() {
    if (x_.body_is_whole) co_return BodyStep::piece;
    Waiting waiting(x_);
    while (has_to_read_on()) {
        BodyStep step = co_await body_.prefetch();
        if (step != BodyStep::piece && step != BodyStep::end) co_return step;
    }
    co_return body_.kept_all() || body_.reader().model() ? BodyStep::piece : BodyStep::lost;
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
        if (resolved_.entry && answers_itself()) {
            bool answered = co_await answer_itself();
            if (answered) co_return;
        }
        if (resolved_.entry) {
            if (!is_known()) co_await ask_what_is_unknown();
            add_all();
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

// Whether choose_by_content() could choose another model than the named one.
bool ModelRoute::needs_a_look() const {
    if (!x_.api || resolved_.only) return false;
    if (is_embedding(*x_.api)) return !resolved_.entry->capabilities.has(Ability::embedding);
    return could_go_elsewhere(*x_.picture->catalogue, *resolved_.entry) && may_hold_media(x_.whole_body);
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

// The named model's servers, then those of models that stand in for it.
template <typename Act>
void ModelRoute::for_each_placement(Act act) const {
    auto visit = [&](const Resolved& resolved, bool stands_in) {
        for (const Placement& placement : resolved.entry->placements)
            if (!resolved.only || placement.upstream->service == resolved.only) act(placement, stands_in);
    };
    visit(resolved_, false);
    for (const std::string& name : resolved_.entry->fallbacks) {
        Resolved stand_in = x_.picture->catalogue->resolve(name);
        if (stand_in.entry && stand_in.entry != resolved_.entry) visit(stand_in, true);
    }
}

// The first API that the server is not known to speak or not to speak, of those that decide.
std::optional<Api> ModelRoute::unknown_api(const Upstream& upstream) const {
    if (!x_.api && x_.dialect != Dialect::anthropic) return std::nullopt;
    Api native = x_.api.value_or(Api::messages);
    std::optional<bool> known = known_to_speak(upstream, native);
    if (!known) return native;
    if (*known || !x_.api) return std::nullopt;
    for (Api detour : detours(native)) {
        if (detour == native || !translate::can_translate(native, detour)) continue;
        known = known_to_speak(upstream, detour);
        if (!known) return detour;
        if (*known) return std::nullopt;
    }
    return std::nullopt;
}

bool ModelRoute::is_known() const {
    bool known = true;
    for_each_placement(
        [&](const Placement& placement, bool) { known = known && !unknown_api(*placement.upstream); });
    return known;
}

// All servers at the same time; what one is asked next may depend on what it has said.
net::Task<void> ModelRoute::ask_what_is_unknown() {
    Waiting waiting(x_);
    std::vector<ApiQuestion> asked;  // who does not answer is not asked twice
    for (;;) {
        std::vector<ApiQuestion> questions;
        for_each_placement([&](const Placement& placement, bool) {
            std::optional<Api> api = unknown_api(*placement.upstream);
            if (!api ||
                std::find(asked.begin(), asked.end(), ApiQuestion{placement.upstream, *api}) != asked.end())
                return;
            asked.push_back({placement.upstream, *api});
            questions.push_back(asked.back());
        });
        if (questions.empty()) co_return;
        co_await x_.worker.abilities->ask(x_.worker.loop, std::move(questions));
    }
}

void ModelRoute::add_all() {
    for_each_placement([&](const Placement& placement, bool stands_in) {
        std::size_t before = candidates_.size();
        add_placement(placement);
        if (candidates_.size() > before) candidates_.back().stands_in = stands_in;
    });
}

// A server of which nothing is known is asked for the thing itself, and found out.
void ModelRoute::add_placement(const Placement& placement) {
    const Upstream& upstream = *placement.upstream;
    auto speaks = [&](Api api) { return known_to_speak(upstream, api).value_or(true); };
    if (!x_.api) {
        // What is Anthropic's and no message counts tokens: nobody else knows such a path.
        bool takes = x_.dialect == Dialect::anthropic ? speaks(Api::messages)
                                                      : takes_path(x_, upstream.service->config.kind);
        if (takes) candidates_.push_back({&upstream, rename(placement, x_.model), {}});
        return;
    }
    if (speaks(*x_.api)) return candidates_.push_back({&upstream, rename(placement, x_.model), {}});
    for (Api detour : detours(*x_.api)) {
        if (detour == *x_.api || !translate::can_translate(*x_.api, detour) || !speaks(detour)) continue;
        return candidates_.push_back({&upstream, placement.id, detour});
    }
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

// Ollama's questions that need no model, of a model that no Ollama has: what it is, and to have it loaded.
bool ModelRoute::answers_itself() const {
    if (x_.dialect != Dialect::ollama) return false;
    return std::none_of(
        resolved_.entry->placements.begin(), resolved_.entry->placements.end(),
        [](const Placement& each) { return each.upstream->service->config.kind == ServiceKind::ollama; });
}

net::Task<bool> ModelRoute::answer_itself() {
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
    hints.turn =
        resolved_.entry && resolved_.entry->turn ? resolved_.entry->turn->fetch_add(1) : x_.worker.turn++;
    note(printable(resolved_.reason));  // holds names that the configuration or a server gave
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
