#include "tools/aihub-serve/accounts/windows.hpp"

#include <algorithm>

namespace aihub::serve {
namespace {

constexpr std::int64_t bucket_ms = 100;

}  // namespace

void RequestWindow::forget_old(std::int64_t now) {
    while (!moments_.empty() && moments_.front().time <= now - window_ms) {
        sum_ -= moments_.front().requests;
        moments_.pop_front();
    }
}

std::int64_t RequestWindow::count(std::int64_t now) {
    forget_old(now);
    return sum_;
}

void RequestWindow::take(std::int64_t now) {
    if (moments_.empty() || moments_.back().time != now)
        moments_.push_back({now, 1});
    else
        ++moments_.back().requests;
    ++sum_;
}

void RequestWindow::give_back(std::int64_t taken_at) {
    auto before = [](const Moment& moment, std::int64_t time) { return moment.time < time; };
    auto found = std::lower_bound(moments_.begin(), moments_.end(), taken_at, before);
    if (found == moments_.end() || found->time != taken_at || found->requests == 0) return;
    --found->requests;
    --sum_;
}

std::int64_t RequestWindow::wait_for(std::int64_t limit, std::int64_t now) {
    std::int64_t left = count(now);
    if (left < limit) return 0;
    for (const Moment& moment : moments_) {
        left -= moment.requests;
        if (left < limit) return moment.time + window_ms - now;
    }
    return window_ms;
}

std::int64_t RequestWindow::until_empty(std::int64_t now) {
    return count(now) == 0 ? 0 : moments_.back().time + window_ms - now;
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
