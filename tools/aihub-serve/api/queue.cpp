// Who waits for a server: a user's own requests with their places, and for admins how many each user has.
#include <nlohmann/json.hpp>

#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/pipeline/room_wait.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;

Json listed(const FairQueue::View& view) {
    return {{"request_id", view.request_id},
            {"model", view.model.empty() ? Json(nullptr) : Json(view.model)},
            {"place", view.place.place},
            {"of", view.place.of},
            {"waited_ms", view.waited_ms}};
}

}  // namespace

net::Task<Reply> waiting_requests(Exchange& x) {
    FairQueue& queue = *x.worker.queue;
    Json body = {{"waiting", Json::array()}, {"length", queue.length()}};
    for (const FairQueue::View& view : queue.waiting_of(queue_user(x)))
        body["waiting"].push_back(listed(view));
    if (x.is_admin()) {
        body["users"] = Json::array();
        for (const auto& [user, waiting] : queue.lengths_by_user())
            body["users"].push_back({{"user", user}, {"waiting", waiting}});
    }
    Reply reply;
    reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    co_return reply;
}

}  // namespace aihub::serve
