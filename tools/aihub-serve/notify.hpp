// Tells systemd (sd_notify(3)) how the service does: a datagram to $NOTIFY_SOCKET. Without it, nothing
// happens.
#pragma once

#include <string_view>

namespace aihub::serve {

// "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=…".
void notify_systemd(std::string_view state);

}  // namespace aihub::serve
