#include "tools/aihub-serve/pipeline/recorder.hpp"

#include "tools/aihub-serve/pipeline/meter.hpp"

namespace aihub::serve {
namespace {

// A row is in the database 50 ms after the end of its reply: this is the loop's part of them.
constexpr Milliseconds patience{15};

}  // namespace

void Recorder::add(const Exchange& x) {
    log_.add(x);
    if (!x.metered || !hand_over) return;
    rows_.push_back(usage_row(x));
    if (expects_flush_) return;
    expects_flush_ = true;
    loop_.after(patience, [this] { flush(); });
}

void Recorder::flush() {
    expects_flush_ = false;
    log_.flush();
    if (rows_.empty()) return;
    std::vector<db::Usage> rows;
    rows.reserve(rows_.size());  // about as many come again
    rows.swap(rows_);
    hand_over(std::move(rows));
}

}  // namespace aihub::serve
