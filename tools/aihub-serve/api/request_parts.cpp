#include "tools/aihub-serve/api/request_parts.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"
#include "tools/aihub-serve/pipeline/outgoing_body.hpp"

namespace aihub::serve {
namespace {

Problem too_large(std::uint64_t largest) {
    return {413, "the body is larger than " + std::to_string(largest) + " bytes; send less"};
}

net::Task<std::optional<Problem>> read_text(Exchange& x, std::string& text, std::uint64_t largest) {
    if (x.body_is_whole) {
        if (x.whole_body.size() > largest) co_return too_large(largest);
        text = x.whole_body;
        co_return std::nullopt;
    }
    x.body.open(x.request, largest, x.policy().body_timeout);
    for (;;) {
        std::string_view piece;
        net::BodyStep step = co_await x.body.next(piece);
        if (step == net::BodyStep::end) co_return std::nullopt;
        if (step == net::BodyStep::too_large) co_return too_large(largest);
        if (step != net::BodyStep::piece) co_return body_problem(step);
        text.append(piece);
    }
}

}  // namespace

std::string path_part(const Exchange& x, std::size_t index) {
    std::vector<std::string_view> parts = split(x.request.path.substr(1), '/');
    return index < parts.size() ? decode_percent(parts[index]).value_or("") : "";
}

std::optional<std::string> query_value(const Exchange& x, std::string_view name) {
    for (std::string_view pair : split(x.request.query, '&')) {
        std::size_t equals = pair.find('=');
        if (pair.substr(0, equals) != name) continue;
        std::string value(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
        std::replace(value.begin(), value.end(), '+', ' ');
        return decode_percent(value).value_or("");
    }
    return std::nullopt;
}

Result<std::int64_t> query_number(const Exchange& x, std::string_view name, std::int64_t standard,
                                  std::int64_t least, std::int64_t most) {
    std::optional<std::string> text = query_value(x, name);
    if (!text) return standard;
    std::optional<std::uint64_t> number = parse_unsigned(*text);
    if (number && *number >= static_cast<std::uint64_t>(least) && *number <= static_cast<std::uint64_t>(most))
        return static_cast<std::int64_t>(*number);
    return Error(ErrorCode::invalid_input, std::string(name) + ": must be a whole number from " +
                                               std::to_string(least) + " to " + std::to_string(most));
}

Result<std::optional<db::Page>> query_page(const Exchange& x) {
    constexpr std::int64_t most_at_once = 1000;
    if (!query_value(x, "limit") && !query_value(x, "after")) return std::optional<db::Page>();
    db::Page page;
    Result<std::int64_t> limit = query_number(x, "limit", page.limit, 1, most_at_once);
    if (!limit) return limit.error();
    Result<std::int64_t> after = query_number(x, "after", page.after, 0, INT64_MAX);
    if (!after) return after.error();
    return std::optional(db::Page{*after, *limit});
}

net::Task<std::optional<Problem>> read_object(Exchange& x, translate::Json& object, std::uint64_t largest) {
    std::string text;
    std::optional<Problem> problem = co_await read_text(x, text, largest);
    if (problem) co_return problem;
    object = translate::Json::object();
    if (trim(text).empty()) co_return std::nullopt;
    Result<translate::Json> read = translate::read_json(text);
    if (!read) co_return Problem(422, "the body is no JSON: " + read.error().message);
    if (!read->is_object()) co_return Problem(422, "the body is no JSON object; send {\"name\": value, …}");
    object = std::move(*read);
    co_return std::nullopt;
}

}  // namespace aihub::serve
