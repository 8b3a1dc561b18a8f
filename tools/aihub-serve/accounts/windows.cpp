#include "tools/aihub-serve/accounts/windows.hpp"

#include <algorithm>

namespace aihub::serve {
namespace {

constexpr std::int64_t bucket_ms = 100;

}  // namespace

void RequestWindow::forget_old(std::int64_t now) {
    while (!times_.empty() && times_.front() <= now - window_ms) times_.pop_front();
}

std::int64_t RequestWindow::count(std::int64_t now) {
    forget_old(now);
    return static_cast<std::int64_t>(times_.size());
}

void RequestWindow::give_back(std::int64_t taken_at) {
    auto found = std::lower_bound(times_.begin(), times_.end(), taken_at);
    if (found != times_.end() && *found == taken_at) times_.erase(found);
}

std::int64_t RequestWindow::wait_for(std::int64_t limit, std::int64_t now) {
    std::int64_t taken = count(now);
    if (taken < limit) return 0;
    if (limit <= 0) return window_ms;
    return times_[static_cast<std::size_t>(taken - limit)] + window_ms - now;
}

std::int64_t RequestWindow::until_empty(std::int64_t now) {
    return count(now) == 0 ? 0 : times_.back() + window_ms - now;
}

void TokenWindow::forget_old(std::int64_t now) {
    while (!buckets_.empty() && buckets_.front().time <= now - window_ms) {
        sum_ -= buckets_.front().tokens;
        buckets_.pop_front();
    }
}

std::int64_t TokenWindow::count(std::int64_t now) {
    forget_old(now);
    return sum_;
}

void TokenWindow::take(std::int64_t now, std::int64_t tokens) {
    if (tokens <= 0) return;
    if (buckets_.empty() || buckets_.back().time <= now - bucket_ms)
        buckets_.push_back({now, tokens});
    else
        buckets_.back().tokens += tokens;
    sum_ += tokens;
}

std::int64_t TokenWindow::wait_for(std::int64_t limit, std::int64_t now) {
    std::int64_t left = count(now);
    if (left < limit) return 0;
    for (const Bucket& bucket : buckets_) {
        left -= bucket.tokens;
        if (left < limit) return bucket.time + window_ms - now;
    }
    return window_ms;
}

std::int64_t TokenWindow::until_empty(std::int64_t now) {
    return count(now) == 0 ? 0 : buckets_.back().time + window_ms - now;
}

}  // namespace aihub::serve
