// Which requests make a model work: those are limited and metered, on every path that leads to a server.
#pragma once

#include "tools/aihub-serve/pipeline/exchange.hpp"

namespace aihub::serve {

// After locate.
bool is_inference(const Exchange& x);
// Those that let a model speak, and those that let it hear: they are counted otherwise.
bool is_speech(const Exchange& x);
bool is_transcription(const Exchange& x);
// The API that such a path is akin to: servers have paths of their own below their prefix.
std::optional<translate::Api> kindred_api(const Exchange& x);

}  // namespace aihub::serve
