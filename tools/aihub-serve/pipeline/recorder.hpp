// record: what stays of a request: a line of the access log, and a row of usage when a server did something
// for it. One a loop; its thread only. A row goes to the job that writes usage after its line has gone to the
// kernel, so that what is lost on the way to the database can be made again from the log.
#pragma once

#include <functional>
#include <vector>

#include "shared/db/usage.hpp"
#include "tools/aihub-serve/net/loop.hpp"
#include "tools/aihub-serve/pipeline/access_log.hpp"

namespace aihub::serve {

class Recorder {
public:
    Recorder(net::Loop& loop, AccessLogFile& file) : loop_(loop), log_(file) {}

    void add(const Exchange& x);
    // Within a moment after a row was added, and from the loop's tick.
    void flush();

    // Takes the rows; nobody does before it is set.
    std::function<void(std::vector<db::Usage>&& rows)> hand_over;

private:
    net::Loop& loop_;
    AccessLogBuffer log_;
    std::vector<db::Usage> rows_;
    bool expects_flush_ = false;
};

}  // namespace aihub::serve
