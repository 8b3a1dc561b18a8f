#include "tools/aihub-serve/streams/resumable_stream.hpp"

#include "shared/base/clock.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t portion_size = 16 * 1024;

}  // namespace

ResumableStream::ResumableStream(std::string id, Owner owner, std::size_t capacity, Milliseconds window)
    : id_(std::move(id)),
      owner_(std::move(owner)),
      window_(window),
      started_ms_(now_ms()),
      ring_(capacity),
      left_at_ms_(net::steady_ms()) {}

std::size_t ResumableStream::longest_event() const {
    std::lock_guard lock(mutex_);
    return ring_.longest_event();
}

void ResumableStream::begin(const std::shared_ptr<Side>& pump, std::string model, std::string content_type) {
    std::lock_guard lock(mutex_);
    if (!cancelled_) course_ = Course::running;
    left_at_ms_ = net::steady_ms();  // the wait for the first event may have been long
    pump_ = pump;
    model_ = std::move(model);
    content_type_ = std::move(content_type);
    if (cancelled_) pump->interrupt();
}

void ResumableStream::add(const SplitEvent& event) {
    std::lock_guard lock(mutex_);
    if (!event.is_comment)
        add_numbered(event.text.substr(0, event.last_line), event.text.substr(event.last_line));
    else if (seated_)
        ring_.add(std::string(event.text), 0);
    wake_taker();
}

void ResumableStream::add_unfinished(std::string_view text) {
    std::lock_guard lock(mutex_);
    bool ends_a_line = text.ends_with('\n') || text.ends_with('\r');
    add_numbered(ends_a_line ? text : std::string(text) + "\n", {});
    wake_taker();
}

// The number stands last: when the server has given the event a name of its own, ours is the one that counts.
void ResumableStream::add_numbered(std::string_view before, std::string_view after) {
    std::uint64_t number = ring_.last() + 1;
    std::string line = "id: " + id_ + ":" + std::to_string(number) + "\n";
    std::string text;
    text.reserve(before.size() + line.size() + after.size());
    text.append(before).append(line).append(after);
    ring_.add(std::move(text), number);
}

bool ResumableStream::has_room() const {
    std::lock_guard lock(mutex_);
    return ring_.has_room();
}

void ResumableStream::end(Course course) {
    std::lock_guard lock(mutex_);
    if (!is_over()) course_ = course;
    wake_taker();
}

ResumableStream::Seating ResumableStream::seat(const std::shared_ptr<Side>& taker,
                                               std::optional<std::uint64_t> after) {
    std::lock_guard lock(mutex_);
    std::uint64_t wanted = after ? *after : ring_.oldest() - 1;
    if (wanted > ring_.last()) return Seating::beyond;
    if (wanted + 1 < ring_.oldest()) return Seating::too_old;
    if (course_ == Course::complete && wanted == ring_.last()) return Seating::nothing_left;
    (void)ring_.seek(wanted);
    if (std::shared_ptr<Side> former = taker_.lock(); former && seated_) former->interrupt();
    taker_ = taker;
    seated_ = taker.get();
    wake_pump();
    return Seating::seated;
}

ResumableStream::Portion ResumableStream::take(const Side& taker) {
    std::lock_guard lock(mutex_);
    Portion portion;
    portion.is_mine = seated_ == &taker && !cancelled_;
    if (!portion.is_mine) return portion;
    bool was_full = !ring_.has_room();
    ring_.take(portion.text, portion_size);
    if (was_full && ring_.has_room()) wake_pump();
    portion.course = ring_.has_waiting() ? Course::running : course_;
    return portion;
}

void ResumableStream::leave(const Side& taker) {
    std::lock_guard lock(mutex_);
    if (seated_ != &taker) return;
    seated_ = nullptr;
    left_at_ms_ = net::steady_ms();
}

void ResumableStream::cancel() {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (!is_over()) course_ = Course::broken;
    if (std::shared_ptr<Side> pump = pump_.lock()) pump->interrupt();
    if (std::shared_ptr<Side> taker = taker_.lock(); taker && seated_) taker->interrupt();
}

bool ResumableStream::has_ended() const {
    std::lock_guard lock(mutex_);
    return is_over();
}

bool ResumableStream::is_forgotten(std::int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    return course_ != Course::starting && !seated_ && now_ms - left_at_ms_ > window_.count();
}

ResumableStream::View ResumableStream::view() const {
    std::lock_guard lock(mutex_);
    return {id_, model_, started_ms_, ring_.last(), ring_.oldest(), course_, seated_ != nullptr};
}

std::string ResumableStream::content_type() const {
    std::lock_guard lock(mutex_);
    return content_type_;
}

void ResumableStream::wake_pump() {
    if (std::shared_ptr<Side> pump = pump_.lock()) pump->wake();
}

void ResumableStream::wake_taker() {
    if (std::shared_ptr<Side> taker = taker_.lock(); taker && seated_) taker->wake();
}

}  // namespace aihub::serve
