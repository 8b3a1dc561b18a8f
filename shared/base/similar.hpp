// "Did you mean …?": the word that a mistyped one was meant to be. Pure, any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace aihub {

// How many letters must be added, removed, replaced or swapped with their neighbour, whatever their case.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest candidate; nothing when none is near enough to be worth a guess.
std::optional<std::string_view> most_similar(std::string_view word,
                                             std::span<const std::string_view> candidates);

}  // namespace aihub
