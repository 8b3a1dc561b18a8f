// The models that a key may use, as patterns of shared/base/glob.hpp. Pure. Private to shared/db.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"

namespace aihub::db {

// As one text for the database, and back.
std::string join_globs(const std::vector<std::string>& globs);
std::vector<std::string> split_globs(std::string_view text);

// invalid_input, naming the one that is empty, too long, or has a comma, a blank or what is unprintable.
Result<void> check_globs(const std::vector<std::string>& globs);

// Whether all that `inner` means `outer` means too. Never true in error; false in error only for globs that
// mean the same in different words.
bool covers(std::string_view outer, std::string_view inner);
// The same for lists; an empty one means any model.
bool covers(const std::vector<std::string>& outer, const std::vector<std::string>& inner);
// Those of `inner` that are within `outer`, and those of `outer` that are within `inner`.
std::vector<std::string> common_globs(const std::vector<std::string>& outer,
                                      const std::vector<std::string>& inner);

}  // namespace aihub::db
