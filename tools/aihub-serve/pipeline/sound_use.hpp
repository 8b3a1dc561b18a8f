// How much sound did a request make or hear? What speaks is counted by the characters of its text, what
// transcribes by the length of the sound: as its server tells it, else as the file itself does.
#pragma once

#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/pipeline/outgoing_body.hpp"

namespace aihub::serve {

// Once the reply has ended: fills x.usage.sound(), and x.model where only the form named it.
void note_sound(Exchange& x, const OutgoingBody& body);

}  // namespace aihub::serve
