// Routing at the root: from what the body says (model, content) to the servers that can take the request,
// each with the API and the name by which it has the model. Lives in the frame of route().
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/pipeline/outgoing_body.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {

bool is_audio_path(std::string_view path);

// Orders candidates by health, room and strategy, and says so in x.reason.
void choose_order(Exchange& x, Candidates& candidates, ChoiceHints hints);

class ModelRoute {
public:
    ModelRoute(Exchange& x, OutgoingBody& body, Candidates& candidates);

    // True when candidates or a refusal could be found without waiting for anything; else run() has to.
    bool decide_now();
    // Reads as much of the body as it takes. `piece` when there are candidates, a refusal, or a reply that
    // has gone out already; else why the body cannot be had.
    net::Task<net::BodyStep> run();
    std::optional<Problem> take_refusal() { return std::move(refusal_); }

private:
    net::Task<net::BodyStep> read_model();
    net::Task<net::BodyStep> choose_by_content();
    net::Task<net::BodyStep> look_at_content(Abilities& needs);
    net::Task<void> choose_by_name();
    net::Task<void> ask_what_is_unknown();
    net::Task<void> await_discovery(const std::string& model);
    net::Task<bool> answer_itself();

    template <typename Act>
    void for_each_placement(Act act) const;
    bool take_model();
    bool has_to_read_on() const;
    bool may_ask_for_usage() const;
    bool needs_a_look() const;
    bool answers_itself() const;
    bool is_known() const;
    std::optional<translate::Api> unknown_api(const Upstream& upstream) const;
    void add_all();
    void add_placement(const Placement& placement);
    bool add_kind();
    void refuse_ambiguous();
    void refuse_body();
    void refuse_model(const std::string& model);
    void note(std::string_view why);
    void order();
    std::uint64_t conversation() const;

    Exchange& x_;
    OutgoingBody& body_;
    Candidates& candidates_;
    std::optional<Problem> refusal_;
    Resolved resolved_;
};

}  // namespace aihub::serve
