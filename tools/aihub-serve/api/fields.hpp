// The members of a request's JSON object, each asked for by name and type. The first complaint is kept, and
// reading goes on with neutral values; finish() gives it, or names a member that nobody has asked for, so
// that nothing a client writes is dropped unseen. A member that is null counts as absent, but for those that
// read_nullable() reads. Pure; one a request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/db/limits.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"

namespace aihub::serve {

// Nothing: not said. An empty inner one: null was said.
template <typename T>
using Nullable = std::optional<std::optional<T>>;

class Fields {
public:
    using Json = translate::Json;

    // `object` outlives the reader.
    explicit Fields(const Json& object);

    bool has(std::string_view name);
    std::optional<std::string> text(std::string_view name);
    std::string required_text(std::string_view name);
    std::optional<bool> flag(std::string_view name);            // also 0 and 1, as older clients say it
    std::optional<std::int64_t> number(std::string_view name);  // whole, 0 or more
    Nullable<std::int64_t> nullable_number(std::string_view name);
    // `name` as a decimal number or text, or `name`_micro as a whole number.
    std::optional<std::int64_t> money(std::string_view name);
    Nullable<std::int64_t> nullable_money(std::string_view name);
    // A list of texts, or a text with commas.
    std::optional<std::vector<std::string>> list(std::string_view name);
    // requests_per_minute, tokens_per_minute, max_concurrent.
    db::Limits limits();
    // When a key ends, in UTC milliseconds: `expires_at` (RFC 3339), `expires_in` ("30d", or seconds); null
    // or "never": 0. Nothing when neither is there.
    std::optional<std::int64_t> expiry(std::int64_t now_ms);
    // A span of time ("24h", or seconds) in milliseconds.
    std::optional<std::int64_t> span(std::string_view name);

    // What is there for older clients and says nothing new.
    void accept(std::string_view name) { (void)find(name); }
    void complain(std::string_view name, std::string_view what);
    Result<void> finish();

private:
    const Json* find(std::string_view name);  // null also when it is null
    bool is_null(std::string_view name) const;
    std::optional<std::int64_t> time(std::string_view name);

    const Json& object_;
    std::vector<std::string> asked_for_;
    std::optional<Error> complaint_;
};

}  // namespace aihub::serve
