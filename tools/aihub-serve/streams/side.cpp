#include "tools/aihub-serve/streams/side.hpp"

namespace aihub::serve {

void Side::wake() {
    if (woken_.exchange(true)) return;  // a message is on its way already
    loop_.post([weak = weak_from_this()] {
        if (std::shared_ptr<Side> self = weak.lock()) self->event_.fire();
    });
}

void Side::interrupt() {
    interrupted_ = true;
    loop_.post([weak = weak_from_this(), wire = wire_] {
        std::shared_ptr<Side> self = weak.lock();
        if (!self) return;  // done meanwhile: the connection may serve something else by now
        if (net::WirePtr connection = wire.lock()) connection->fail(boost::asio::error::operation_aborted);
        self->event_.fire();
    });
}

net::Task<void> Side::wait() {
    if (!woken_ && !interrupted_) co_await event_.wait();
    woken_ = false;  // before the caller looks at what there is: later news sends a message again
}

}  // namespace aihub::serve
