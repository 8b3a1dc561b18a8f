// Result<T>: a value, or an Error that says what failed, on what, and what to do about it.
//
// Expected failures (input, network, disk, other processes) travel as Result; a bug is an assert.
// Members are spelled as in std::expected, which libstdc++ 12 does not offer in C++20.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace aihub {

// What kind of failure it is. shared/cli maps it to an exit code, the gateway to an HTTP status.
enum class ErrorCode {
    invalid_input,  // wrong usage or bad configuration: nothing was done
    not_found,      // no such user, token, model or file
    unauthorized,   // a key is missing, unknown, expired or revoked
    conflict,       // it exists already
    busy,           // locked by another process past the busy timeout
    unavailable,    // the other side cannot be reached or answers with a failure
    corrupt,        // checksum mismatch, truncated stream, damaged file
    no_terminal,    // interactive input is needed and there is no terminal
    io,             // the operating system refused
};

// `message`: what failed and on what; lower case, no full stop, never a secret.
// `hint`: what to do about it; may be empty.
struct Error {
    ErrorCode code;
    std::string message;
    std::string hint;

    Error(ErrorCode code_, std::string message_, std::string hint_ = {})
        : code(code_), message(std::move(message_)), hint(std::move(hint_)) {}
};

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() { return assert(has_value()), std::get<0>(state_); }
    const T& value() const { return assert(has_value()), std::get<0>(state_); }
    T& operator*() { return value(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    T value_or(T other) const { return has_value() ? value() : std::move(other); }

    const Error& error() const { return assert(!has_value()), std::get<1>(state_); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool has_value() const { return !error_; }
    explicit operator bool() const { return has_value(); }
    const Error& error() const { return assert(error_), *error_; }

private:
    std::optional<Error> error_;
};

}  // namespace aihub
