// Changes the aihub.json of a running gateway: a patch is merged into the file's text, the whole is checked
// as at a start, noted in the audit trail, written in one step and put in force. One change at a time.
// Blocking: never on a loop thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/config/configuration.hpp"

namespace aihub::serve {

class ConfigEditor {
public:
    // The gateway's side. check() says what would need a restart, or why it cannot be; apply() the same of
    // what is in force then; both wait for the thread that owns the configuration.
    struct Gateway {
        std::function<std::shared_ptr<const config::Configuration>()> running;
        std::function<Result<std::string>(config::Configuration fresh)> check;
        std::function<Result<std::string>(config::Configuration fresh)> apply;
    };
    // Writes the row of the audit trail; without it nothing is changed.
    using Audit = std::function<Result<void>(std::string_view action, const std::string& file,
                                             const std::string& detail)>;

    struct Edited {
        std::string file;
        std::string changes;                  // JSON: {"NAME": {"from": …, "to": …}}
        std::string needs_restart;            // "auth, base_path"
        std::vector<std::string> overridden;  // a flag or a variable counts more than the file
    };

    ConfigEditor(config::Flags flags, Gateway gateway)
        : flags_(std::move(flags)), gateway_(std::move(gateway)) {}

    // `patch` is a JSON object (RFC 7396). invalid_input: what --check-config
    // says of the result; conflict: the file as it is makes no sense; io: it cannot be written. Nothing has
    // changed then.
    Result<Edited> edit(std::string_view patch, const Audit& audit);

private:
    Result<std::string> read(const std::string& file, bool is_new) const;
    Result<config::Configuration> load(const std::string& file, const std::string& text) const;
    Result<void> put(const std::string& file, const std::string& text) const;

    config::Flags flags_;
    Gateway gateway_;
    std::mutex mutex_;
};

}  // namespace aihub::serve
