// Streams that can be taken up again: which there are, one of them from some event on, the end of one.
#include <nlohmann/json.hpp>

#include "shared/base/clock.hpp"
#include "shared/base/strings.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/replies.hpp"
#include "tools/aihub-serve/streams/resume.hpp"

namespace aihub::serve {
namespace {

using Json = nlohmann::ordered_json;
using Course = ResumableStream::Course;

Json listed(const ResumableStream::View& view) {
    return {{"id", view.id},
            {"object", "stream"},
            {"model", view.model.empty() ? Json(nullptr) : Json(view.model)},
            {"started", utc_iso8601(view.started_ms)},
            {"events", view.events},
            {"oldest", view.oldest},
            {"connected", view.connected},
            {"ended", view.course != Course::running},
            {"broken", view.course == Course::broken}};
}

std::string_view id_in(const Exchange& x) {
    constexpr std::string_view folder = "/v1/streams/";
    return x.request.path.substr(folder.size());
}

// From the header, or, for clients that cannot set one, from the query; with the stream's id before the
// number, or without.
std::string event_asked_for(const Exchange& x) {
    if (x.request.has("last-event-id")) return std::string(x.request.header("last-event-id"));
    for (std::string_view pair : split(x.request.query, '&'))
        if (pair.starts_with("last_event_id="))
            return decode_percent(pair.substr(pair.find('=') + 1)).value_or("?");
    return {};
}

}  // namespace

net::Task<Reply> list_streams(Exchange& x) {
    Json body = {{"object", "list"}, {"data", Json::array()}};
    for (const StreamStore::StreamPtr& stream : x.worker.streams->of(owner_of(x)))
        body["data"].push_back(listed(stream->view()));
    Reply reply;
    reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    co_return reply;
}

net::Task<Reply> follow_stream(Exchange& x) {
    StreamStore::StreamPtr stream = find_stream(*x.worker.streams, x, id_in(x));
    if (!stream) co_return problem_reply(x, no_such_stream());
    Reply looked_at;
    looked_at.content_type = stream->content_type();
    if (x.request.method == "HEAD") co_return looked_at;
    std::string asked = event_asked_for(x);
    std::optional<std::uint64_t> after = parse_unsigned(asked);
    std::optional<EventId> event = parse_event_id(asked);
    if (event && event->stream == stream->id()) after = event->number;
    if (!asked.empty() && !after)
        co_return problem_reply(x,
                                Problem(400,
                                        "the last event `" + printable(asked) +
                                            "` is none of this stream; send the id of an event that has come",
                                        "invalid_event_id"));
    co_await take_up(*x.worker.streams, x, stream->id(), after);
    co_return Reply{};
}

net::Task<Reply> end_stream(Exchange& x) {
    StreamStore::StreamPtr stream = find_stream(*x.worker.streams, x, id_in(x));
    if (!stream) co_return problem_reply(x, no_such_stream());
    x.worker.streams->remove(*stream);
    Reply reply;
    reply.status = 204;
    co_return reply;
}

}  // namespace aihub::serve
