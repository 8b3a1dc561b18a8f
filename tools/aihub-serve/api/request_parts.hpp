// What handlers take out of a request: parts of the path, values of the query, the JSON body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/db/page.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::serve {

// "bob" is part 3 of "/admin/api/users/bob", percent-decoded; empty when there is no such part.
std::string path_part(const Exchange& x, std::size_t index);

// The first value of that name, percent-decoded, + as a blank; nothing when it is not there.
std::optional<std::string> query_value(const Exchange& x, std::string_view name);

// A whole number in the query, `standard` when it is not there; invalid_input outside of the limits.
Result<std::int64_t> query_number(const Exchange& x, std::string_view name, std::int64_t standard,
                                  std::int64_t least, std::int64_t most);

// `limit` and `after` of the query, which a list may be asked for in pieces by; nothing when neither is
// there.
Result<std::optional<db::Page>> query_page(const Exchange& x);

// The body as one JSON object, whatever its content type says; {} when there is none. A problem when it is
// too large, broken or no object.
inline constexpr std::uint64_t largest_api_body = std::uint64_t{1} << 20;
net::Task<std::optional<Problem>> read_object(Exchange& x, translate::Json& object,
                                              std::uint64_t largest = largest_api_body);

}  // namespace aihub::serve
