// Joins a client side and a server side to one translation of a chat. Pure, any thread.
#pragma once

#include <memory>

#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

// Whether there is a client side for `from` and a server side for `to`.
bool is_chat_pair(Api from, Api to);

// Only for pairs. invalid_input for a request that cannot be had from the server. `request` is used up.
Result<std::unique_ptr<Translation>> translate_chat(Api from, Api to, Json request,
                                                    const Circumstances& circumstances);

}  // namespace aihub::translate
