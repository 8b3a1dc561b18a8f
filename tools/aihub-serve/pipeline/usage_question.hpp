// How a request for a stream is changed so that its server says at the end what the stream has cost: a
// streaming client of OpenAI's APIs gets no token counts unless it asks for them. Pure.
#pragma once

#include <optional>

#include "tools/aihub-serve/pipeline/json_scan.hpp"
#include "tools/aihub-serve/pipeline/span.hpp"

namespace aihub::serve {

// Nothing where no stream is wanted, the client asks by itself, the body was not read to its end, or its
// `stream_options` are such that parsers could differ on them (twice, or no object).
std::optional<Edit> question_for_usage(const JsonScan& request);

}  // namespace aihub::serve
