// The composition root of aihub-serve: builds the parts in order, owns them, and takes them down in reverse.
// The only file that sees all of them. Runs on the main thread, which then waits for signals.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::serve {

class App {
public:
    // `load_again` reads the configuration anew, for a reload; `flags` are those of the command line.
    App(config::Configuration configuration, std::function<Result<config::Configuration>()> load_again,
        config::Flags flags);
    ~App();
    App(const App&) = delete;

    // Everything is up and listening when it returns well; else nothing is. `take_over`: in the place of the
    // gateway that runs from the same state folder, which goes on as if nothing were when we fail.
    Result<void> start(bool take_over);
    // Until SIGTERM or SIGINT, or another process takes over; then drains. 0, or 128 + the signal's number
    // when it was told twice.
    int run();

    const std::vector<std::string>& addresses() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace aihub::serve
