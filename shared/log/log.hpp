// The program's own log: one line an event, `time level event key=value …`. Any thread; a line is written
// with one write(2). Event names are past tense (`key.created`, `service.lost`); values never hold a key or a
// prompt.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "shared/base/result.hpp"

namespace aihub::log {

enum class Level { debug, info, warning, error, critical };

// "DEBUG", "info", "WARN", …; nothing for anything else.
std::optional<Level> parse_level(std::string_view text);

// "debug", "info", …: as a line shows it.
std::string_view level_name(Level level);

enum class Format { text, json };

struct Field {
    std::string key;
    std::string value;
    bool quoted;  // false for numbers and booleans, which JSON writes bare

    Field(std::string_view key_, std::string value_, bool quoted_)
        : key(key_), value(std::move(value_)), quoted(quoted_) {}
};

template <typename T>
Field kv(std::string_view key, const T& value) {
    if constexpr (std::is_same_v<T, bool>)
        return Field(key, value ? "true" : "false", false);
    else if constexpr (std::is_arithmetic_v<T>)
        return Field(key, std::to_string(value), false);
    else
        return Field(key, std::string(value), true);
}

class Logger {
public:
    // To stderr from `level` up. When stderr is the journal (JOURNAL_STREAM names it) each line starts with
    // its syslog priority (<2> … <7>).
    explicit Logger(Level level = Level::info, Format format = Format::text);
    ~Logger();
    Logger(const Logger&) = delete;

    // Also to a file (appended, 0640), with a level of its own, which does not depend on the other.
    Result<void> open_file(const std::string& path, Level level);
    // Closes and opens the file again, after a rotation; on failure the old one stays.
    Result<void> reopen();
    void set_levels(Level stderr_level, Level file_level);

    bool enabled(Level level) const;

    template <typename... Fields>
    void write(Level level, std::string_view event, const Fields&... fields) {
        if (!enabled(level)) return;
        const Field list[] = {fields..., Field("", "", false)};
        write_line(level, event, list, sizeof...(fields));
    }
    template <typename... Fields>
    void debug(std::string_view event, const Fields&... fields) {
        write(Level::debug, event, fields...);
    }
    template <typename... Fields>
    void info(std::string_view event, const Fields&... fields) {
        write(Level::info, event, fields...);
    }
    template <typename... Fields>
    void warning(std::string_view event, const Fields&... fields) {
        write(Level::warning, event, fields...);
    }
    template <typename... Fields>
    void error(std::string_view event, const Fields&... fields) {
        write(Level::error, event, fields...);
    }

    template <typename... Fields>
    void critical(std::string_view event, const Fields&... fields) {
        write(Level::critical, event, fields...);
    }

private:
    void write_line(Level level, std::string_view event, const Field* fields, std::size_t count);
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace aihub::log
