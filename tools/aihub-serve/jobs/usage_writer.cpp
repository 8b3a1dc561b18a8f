#include "tools/aihub-serve/jobs/usage_writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace aihub::serve {
namespace {

using namespace std::chrono_literals;

// Between two transactions, so that rows of several loops share one: of the 50 ms that a row may take, a loop
// uses 15, this 10, and a transaction 20.
constexpr auto gathering = 10ms;
constexpr auto between_tries = 200ms;
constexpr auto between_looks = 300ms;
constexpr auto longest_refresh = 500ms;
constexpr auto longest_catching_up = 100ms;

}  // namespace

UsageWriter::UsageWriter(UsageBooks books, UsageHold& hold) : books_(std::move(books)), hold_(hold) {}

UsageWriter::~UsageWriter() {
    stop();
}

void UsageWriter::start() {
    thread_ = std::thread([this] { run(); });
}

void UsageWriter::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void UsageWriter::add(std::vector<db::Usage>&& rows) {
    bool was_empty = false;
    {
        std::lock_guard lock(mutex_);
        was_empty = inbox_.empty();
        std::move(rows.begin(), rows.end(), std::back_inserter(inbox_));
    }
    if (was_empty) changed_.notify_all();
}

void UsageWriter::refresh_standing() {
    std::unique_lock lock(mutex_);
    std::uint64_t mine = ++looks_asked_;
    changed_.notify_all();
    changed_.wait_for(lock, longest_refresh, [&] { return stopping_ || looks_done_ >= mine; });
}

bool UsageWriter::is_stopping() {
    std::lock_guard lock(mutex_);
    return stopping_;
}

void UsageWriter::run() {
    for (bool last = false; !last;) {
        last = wait();
        work(last);
        hold_.publish();
    }
    hold_.to_disk();
    hold_.publish();
}

// Under the lock. What cannot be written at present gives no work.
bool UsageWriter::has_work() const {
    if (stopping_ || looks_asked_ > looks_done_) return true;
    return !hold_.is_failing() && (!inbox_.empty() || hold_.has_spooled());
}

// Until there is something to do; true when it is the last thing.
bool UsageWriter::wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, hold_.is_failing() ? next_write_ : next_look_, [this] { return has_work(); });
    changed_.wait_until(lock, next_write_, [this] { return stopping_ || looks_asked_ > looks_done_; });
    hold_.add(std::exchange(inbox_, {}));
    return stopping_;
}

void UsageWriter::work(bool last) {
    if (last && hold_.is_failing()) return;
    Result<void> done = look();
    if (done) done = write();
    if (!done)
        hold_.failed(done.error());
    else if (hold_.rows().empty() && !hold_.has_spooled())
        hold_.caught_up();
    hold_.keep_bounds();
    next_write_ = Clock::now() + (done ? gathering : between_tries);
}

Result<void> UsageWriter::look() {
    std::uint64_t asked = 0;
    {
        std::lock_guard lock(mutex_);
        if (looks_asked_ == looks_done_ && Clock::now() < next_look_ && !hold_.is_failing()) return {};
        asked = looks_asked_;
    }
    Result<void> looked = books_.look();
    next_look_ = Clock::now() + between_looks;
    {
        std::lock_guard lock(mutex_);
        looks_done_ = asked;
    }
    changed_.notify_all();
    return looked;
}

Result<void> UsageWriter::write() {
    if (Result<void> written = write_spooled(); !written) return written;
    return write_held();
}

// A part of those that wait on disk: newer ones must not wait until all of them are written.
Result<void> UsageWriter::write_spooled() {
    auto end = Clock::now() + longest_catching_up;
    while (hold_.has_spooled() && Clock::now() < end && !is_stopping()) {
        Result<UsageSpool::Piece> piece = hold_.spool().first(books_.group());
        if (!piece) return piece.error();
        if (!piece->rows.empty())
            if (Result<void> written = books_.write(piece->rows); !written) return written;
        hold_.pass(*piece);
    }
    return {};
}

Result<void> UsageWriter::write_held() {
    while (!hold_.rows().empty()) {
        std::size_t count = std::min(books_.group(), hold_.rows().size());
        if (Result<void> written = books_.write(hold_.rows().first(count)); !written) return written;
        hold_.drop_first(count);
    }
    return {};
}

}  // namespace aihub::serve
