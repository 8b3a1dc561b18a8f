// A tariff as a configuration file describes it.
#pragma once

#include <string>

#include "tests/unit/shared/config/fixture.hpp"
#include "tools/aihub-serve/accounts/tariff.hpp"

namespace aihub::serve {

inline Tariff tariff_of(const std::string& file_text) {
    config::Fixture settings;
    settings.given_file("aihub.json", file_text);
    return Tariff(settings.loaded());
}

}  // namespace aihub::serve
