#include "shared/accesslog/combined_line.hpp"

#include "shared/accesslog/client.hpp"
#include "shared/accesslog/log_time.hpp"
#include "shared/accesslog/numbers.hpp"
#include "shared/accesslog/quoted.hpp"
#include "shared/accesslog/refusal.hpp"
#include "shared/accesslog/request_line.hpp"

namespace aihub::accesslog {
namespace {

constexpr std::string_view unknown_format =
    "neither a JSON object nor the combined format (ADDRESS - USER [TIME] \"REQUEST\" STATUS BYTES "
    "\"REFERER\" "
    "\"AGENT\")";

std::string_view or_none(std::string_view text) {
    return text == "-" ? std::string_view() : text;
}

class Reading {
public:
    Reading(std::string_view line, Unescaped& unescaped, Entry& entry)
        : rest_(line), unescaped_(unescaped), entry_(entry) {}

    std::optional<std::string> run() {
        if (!take_address() || !take_user_and_time()) return std::move(wrong_);
        std::string_view text;
        if (!take_quoted(text)) return std::move(wrong_);
        RequestLine request = split_request_line(or_none(text));
        entry_.method = request.method;
        entry_.uri = request.uri;
        if (!take_counts()) return std::move(wrong_);
        if (!take_quoted(entry_.referer) || !take_quoted(entry_.user_agent)) return std::move(wrong_);
        entry_.referer = or_none(entry_.referer);
        entry_.user_agent = or_none(entry_.user_agent);
        take_forwarded_for();
        return std::nullopt;
    }

private:
    bool refuse(std::string_view reason) {
        if (!wrong_) wrong_ = reason;
        return false;
    }

    // Up to the next blank, which is taken too.
    std::string_view take_word() {
        std::size_t end = std::min(rest_.find(' '), rest_.size());
        std::string_view word = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        return word;
    }

    std::string_view plain(std::string_view text) {
        return text.find('\\') == text.npos ? text : unescaped_.add(text);
    }

    bool take_address() {
        entry_.remote_addr = or_none(take_word());
        return !rest_.empty() || refuse(unknown_format);
    }

    // A user's name is what a client says it is, also with blanks and brackets; a quote it cannot have.
    bool take_user_and_time() {
        constexpr std::string_view behind = "] \"";
        std::size_t end = rest_.find(behind);
        if (end == rest_.npos) return refuse(rest_.find(" [") == rest_.npos ? unknown_format : cut);
        std::size_t begin = rest_.substr(0, end).rfind(" [");
        if (begin == rest_.npos) return refuse(unknown_format);
        std::string_view names = rest_.substr(0, begin);
        std::string_view time = rest_.substr(begin + 2, end - begin - 2);
        rest_.remove_prefix(end + behind.size() - 1);
        std::size_t user = names.find(' ');  // behind the name that the client's machine gives
        if (user != names.npos) entry_.user = or_none(plain(names.substr(user + 1)));
        entry_.time_ms = parse_log_time(time);
        if (!entry_.time_ms) wrong_ = refuse_time(time);
        return entry_.time_ms.has_value();
    }

    bool take_counts() {
        std::string_view status = take_word();
        std::string_view bytes = take_word();
        if (rest_.empty())
            return refuse(status.empty() || bytes.empty()
                              ? cut
                              : "no referer and user agent: the line is cut, or the format is not combined");
        std::optional<std::int64_t> code = parse_whole(status);
        std::optional<std::int64_t> size = bytes == "-" ? 0 : parse_whole(bytes);
        if (!code || *code > 999)
            wrong_ = refuse_value("status", status, "a number of three digits");
        else if (!size)
            wrong_ = refuse_value("count of bytes", bytes, "a number");
        if (wrong_) return false;
        entry_.status = static_cast<int>(*code);
        entry_.body_bytes_sent = entry_.bytes_sent = *size;
        return true;
    }

    // With the blank behind it.
    bool take_quoted(std::string_view& text) {
        if (rest_.empty()) return refuse(cut);
        if (rest_[0] != '"') return refuse(unknown_format);
        const char* begin = rest_.data() + 1;
        const char* line_end = rest_.data() + rest_.size();
        Quoted quoted = end_of_quoted(begin, line_end);
        if (quoted.end == line_end) return refuse(cut);
        auto size = static_cast<std::size_t>(quoted.end - begin);
        text = std::string_view(begin, size);
        if (quoted.escaped) text = unescaped_.add(text);
        rest_.remove_prefix(size + 2);
        if (rest_.empty()) return true;
        if (rest_[0] != ' ') return refuse(unknown_format);
        rest_.remove_prefix(1);
        return true;
    }

    void take_forwarded_for() {
        std::string_view text;
        if (rest_.starts_with('"') && take_quoted(text) && are_addresses(text)) entry_.forwarded_for = text;
    }

    static constexpr std::string_view cut = "the line is cut: the combined format goes on";

    std::string_view rest_;
    Unescaped& unescaped_;
    Entry& entry_;
    std::optional<std::string> wrong_;
};

}  // namespace

std::optional<std::string> read_combined_entry(std::string_view line, Unescaped& unescaped, Entry& entry) {
    return Reading(line, unescaped, entry).run();
}

}  // namespace aihub::accesslog
