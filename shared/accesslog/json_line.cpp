#include "shared/accesslog/json_line.hpp"

#include "shared/accesslog/log_time.hpp"
#include "shared/accesslog/numbers.hpp"
#include "shared/accesslog/refusal.hpp"
#include "shared/accesslog/request_line.hpp"

namespace aihub::accesslog {
namespace {

using Parse = std::optional<std::int64_t>(std::string_view);

constexpr std::string_view count_wanted = "a number";
constexpr std::string_view seconds_wanted = "a number of seconds";
constexpr std::string_view milliseconds_wanted = "a number of milliseconds";

// Goes through the members in turn; after the first that cannot be read, the sentence about it stays.
class Reading {
public:
    Reading(const JsonFields& fields, Entry& entry) : fields_(fields), entry_(entry) {}

    std::optional<std::string> run(KeyMark& key) {
        read_status();
        read_time();
        read_request();
        read_sizes();
        read_upstream();
        read_texts();
        read_key(key);
        read_usage();
        return std::move(wrong_);
    }

private:
    std::string_view first_of(Field a, Field b) const { return fields_[a].empty() ? fields_[b] : fields_[a]; }

    std::optional<std::int64_t> number(Field field, std::string_view name, Parse parse,
                                       std::string_view wanted) {
        std::string_view text = fields_[field];
        if (text.empty()) return std::nullopt;
        std::optional<std::int64_t> value = parse(text);
        if (!value && !wrong_) wrong_ = refuse_value(name, text, wanted);
        return value;
    }
    std::optional<std::int64_t> count(Field field, std::string_view name) {
        return number(field, name, parse_whole, count_wanted);
    }

    void read_status() {
        std::string_view text = fields_[Field::status];
        std::optional<std::int64_t> status = parse_whole(text);
        if (status && *status <= 999)
            entry_.status = static_cast<int>(*status);
        else
            wrong_ = text.empty() ? "no status" : refuse_value("status", text, "a number of three digits");
    }

    // The one that tells most: $msec has milliseconds.
    void read_time() {
        std::string_view text = first_of(Field::msec, Field::time);
        if (text.empty()) text = fields_[Field::time_local];
        if (text.empty()) return;
        entry_.time_ms = parse_log_time(text);
        if (!entry_.time_ms && !wrong_) wrong_ = refuse_time(text);
    }

    // $uri lacks the query and is decoded, so it counts last.
    void read_request() {
        entry_.method = fields_[Field::method];
        entry_.uri = fields_[Field::request_uri];
        if (!entry_.method.empty() && !entry_.uri.empty()) return;
        RequestLine request = split_request_line(fields_[Field::request]);
        if (entry_.method.empty()) entry_.method = request.method;
        if (entry_.uri.empty()) entry_.uri = request.uri;
        if (entry_.uri.empty()) entry_.uri = fields_[Field::uri];
    }

    void read_sizes() {
        entry_.request_time_ms =
            number(Field::request_time, "request time", parse_thousandths, seconds_wanted).value_or(0);
        entry_.body_bytes_sent = count(Field::body_bytes_sent, "body size").value_or(0);
        entry_.bytes_sent = count(Field::bytes_sent, "count of bytes").value_or(entry_.body_bytes_sent);
    }

    void read_upstream() {
        entry_.upstream_addr = fields_[Field::upstream_addr];
        entry_.upstream_status = fields_[Field::upstream_status];
        std::string_view times = fields_[Field::upstream_response_time];
        entry_.upstream_response_time_ms = sum_thousandths(times);
        bool unread = !entry_.upstream_response_time_ms && times.find_first_not_of("-,: ") != times.npos;
        if (unread && !wrong_) wrong_ = refuse_value("upstream's response time", times, seconds_wanted);
    }

    void read_texts() {
        entry_.remote_addr = first_of(Field::remote_addr, Field::client_ip);
        entry_.forwarded_for = fields_[Field::forwarded_for];
        entry_.referer = fields_[Field::referer];
        entry_.user_agent = fields_[Field::user_agent];
        entry_.request_id = fields_[Field::request_id];
        entry_.user = fields_[Field::user];
        entry_.model = fields_[Field::model];
        entry_.service = fields_[Field::service];
        entry_.reason = fields_[Field::reason];
    }

    void read_key(KeyMark& key) {
        entry_.tells_key = fields_.has(Field::api_key) || fields_.has(Field::authorization);
        entry_.key_id = fields_[Field::key_id];
        std::string_view text = first_of(Field::api_key, Field::authorization);
        if (text.empty()) return;
        key.set(text);
        entry_.key_hint = key.hint();
        if (entry_.key_id.empty()) entry_.key_id = key.id();
    }

    void read_usage() {
        entry_.overhead_us = number(Field::overhead_ms, "overhead", parse_thousandths, milliseconds_wanted);
        entry_.ttft_ms = count(Field::ttft_ms, "time to the first token");
        entry_.tokens_in = count(Field::tokens_in, "count of tokens in");
        entry_.tokens_out = count(Field::tokens_out, "count of tokens out");
        entry_.cost_micro = count(Field::cost_micro, "cost");
        entry_.usage_id = count(Field::usage_id, "id of the row of usage");
    }

    const JsonFields& fields_;
    Entry& entry_;
    std::optional<std::string> wrong_;
};

}  // namespace

std::optional<std::string> read_json_entry(const JsonFields& fields, KeyMark& key, Entry& entry) {
    return Reading(fields, entry).run(key);
}

}  // namespace aihub::accesslog
