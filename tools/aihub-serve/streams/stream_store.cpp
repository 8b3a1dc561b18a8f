#include "tools/aihub-serve/streams/stream_store.hpp"

#include <algorithm>

#include "shared/crypto/hash.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t id_digits = 32;  // 128 bits
constexpr std::int64_t between_sweeps_ms = 100;

bool began_earlier(const StreamStore::StreamPtr& a, const StreamStore::StreamPtr& b) {
    return a->view().started_ms < b->view().started_ms;
}

}  // namespace

Result<StreamStore::StreamPtr> StreamStore::open(Owner owner, std::size_t capacity, Milliseconds window) {
    std::lock_guard lock(mutex_);
    if (!make_place(owner))
        return Error(ErrorCode::busy, "too many streams that can be taken up again are under way",
                     "end some with DELETE /v1/streams/ID, or send the request without X-Aihub-Resume");
    auto stream =
        std::make_shared<ResumableStream>(crypto::random_hex(id_digits), std::move(owner), capacity, window);
    streams_.emplace(stream->id(), stream);
    return stream;
}

// True when one more may be; what has ended and nobody listens to is forgotten earlier for it.
bool StreamStore::make_place(const Owner& owner) {
    std::size_t owned = 0;
    std::size_t owned_running = 0;
    std::size_t running = 0;
    StreamPtr oldest_ended_owned;
    StreamPtr oldest_ended;
    for (const auto& [id, stream] : streams_) {
        bool is_owned = stream->owner() == owner;
        bool ended = stream->has_ended() && !stream->view().connected;
        owned += is_owned ? 1 : 0;
        running += ended ? 0 : 1;
        owned_running += is_owned && !ended ? 1 : 0;
        if (!ended) continue;
        if (!oldest_ended || began_earlier(stream, oldest_ended)) oldest_ended = stream;
        if (is_owned && (!oldest_ended_owned || began_earlier(stream, oldest_ended_owned)))
            oldest_ended_owned = stream;
    }
    if (owned_running >= limits_.of_one_owner || running >= limits_.of_all) return false;
    if (owned >= limits_.of_one_owner)
        streams_.erase(oldest_ended_owned->id());
    else if (streams_.size() >= limits_.of_all)
        streams_.erase(oldest_ended->id());
    return true;
}

StreamStore::StreamPtr StreamStore::find(std::string_view id) const {
    std::lock_guard lock(mutex_);
    auto found = streams_.find(std::string(id));
    return found == streams_.end() || !found->second->has_begun() ? nullptr : found->second;
}

std::vector<StreamStore::StreamPtr> StreamStore::of(const Owner& owner) const {
    std::vector<StreamPtr> all;
    std::lock_guard lock(mutex_);
    for (const auto& [id, stream] : streams_)
        if (stream->owner() == owner && stream->has_begun()) all.push_back(stream);
    std::sort(all.begin(), all.end(), began_earlier);
    return all;
}

void StreamStore::remove(ResumableStream& stream) {
    stream.cancel();
    std::lock_guard lock(mutex_);
    streams_.erase(stream.id());
}

std::vector<StreamStore::StreamPtr> StreamStore::forgotten(std::int64_t now) const {
    std::vector<StreamPtr> all;
    std::lock_guard lock(mutex_);
    for (const auto& [id, stream] : streams_)
        if (stream->is_forgotten(now)) all.push_back(stream);
    return all;
}

void StreamStore::sweep() {
    std::int64_t now = net::steady_ms();
    std::int64_t due = next_sweep_ms_;
    if (now < due || !next_sweep_ms_.compare_exchange_strong(due, now + between_sweeps_ms)) return;
    for (const StreamPtr& stream : forgotten(now)) remove(*stream);
}

void StreamStore::end() {
    std::lock_guard lock(mutex_);
    for (const auto& [id, stream] : streams_) stream->cancel();
}

}  // namespace aihub::serve
