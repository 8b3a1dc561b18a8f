// The effective settings, each with its origin, secrets masked: `PROG config`, aihub-serve --print-config.
// And every mistake in them: `PROG config --check`, aihub-serve --check-config.
#pragma once

#include "shared/base/result.hpp"
#include "shared/cli/output.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::cli {

void print_configuration(Output& out, const config::Configuration& configuration);

// Says "… is fine" on stdout; else reports all mistakes but the last, which it returns for main() to report.
Result<void> check_configuration(Output& out, const config::Flags& flags);

}  // namespace aihub::cli
