// The lists of models, in every shape that clients ask for.

#include "shared/base/glob.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"
#include "tools/aihub-serve/services/model_views.hpp"

namespace aihub::serve {
namespace {

// Right after the start the lists are not complete before every service was asked once (or did not answer in
// time).
net::Task<void> await_first_round(Exchange& x) {
    if (!x.first_picture) x.first_picture = x.picture;
    while (x.picture->discovery_round == 0) {
        bool came = co_await x.worker.next_picture();
        if (!came) co_return;
        x.picture = x.worker.picture;
    }
}

// What a key with a list of models may see: nothing that it could not use.
NameFilter visible_to(const std::shared_ptr<const db::Account>& caller) {
    if (!caller || caller->models.empty()) return {};
    return [caller](std::string_view name) { return matches_any_glob(name, caller->models); };
}

}  // namespace

net::Task<Reply> openai_models(Exchange& x) {
    co_await await_first_round(x);
    Reply reply;
    const Catalogue& catalogue = *x.picture->catalogue;
    NameFilter visible = visible_to(x.caller);
    reply.body = visible ? openai_list_of(catalogue.models(), visible) : catalogue.openai_list();
    co_return reply;
}

net::Task<Reply> openai_model(Exchange& x) {
    co_await await_first_round(x);
    constexpr std::string_view folder = "/v1/models/";
    std::string id = decode_percent(x.request.path.substr(folder.size())).value_or(std::string());
    Reply reply;
    const Catalogue& catalogue = *x.picture->catalogue;
    NameFilter visible = visible_to(x.caller);
    reply.body = visible ? openai_model_of(catalogue.models(), id, visible) : catalogue.openai_model(id);
    if (!reply.body.empty()) co_return reply;
    reply.status = 404;
    reply.body = error_body(
        x.dialect,
        Problem(404, "the model `" + id + "` is not found; GET /v1/models lists those that are there",
                "model_not_found"),
        x.request_id);
    co_return reply;
}

net::Task<Reply> ollama_tags(Exchange& x) {
    co_await await_first_round(x);
    Reply reply;
    const Catalogue& catalogue = *x.picture->catalogue;
    NameFilter visible = visible_to(x.caller);
    reply.body = visible ? ollama_list_of(catalogue.models(), visible) : catalogue.ollama_list();
    co_return reply;
}

net::Task<Reply> public_models(Exchange& x) {
    co_await await_first_round(x);
    Reply reply;
    reply.body = public_list_of(*x.picture->catalogue);
    co_return reply;
}

net::Task<Reply> caller_models(Exchange& x) {
    co_await await_first_round(x);
    Reply reply;
    reply.body = caller_list_of(x.picture->catalogue->models(), visible_to(x.caller));
    co_return reply;
}

}  // namespace aihub::serve
