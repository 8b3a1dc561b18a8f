#include "tools/aihub-serve/pipeline/multipart_scan.hpp"

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t most_header_bytes = 8192;
constexpr std::size_t most_value_bytes = 1024;

// The value of parameter `name` in "form-data; name=\"model\"; filename=…".
std::optional<std::string> parameter(std::string_view value, std::string_view name) {
    std::size_t at = value.find(';');
    while (at != std::string_view::npos) {
        std::string_view rest = trim(value.substr(at + 1));
        std::size_t equals = rest.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        bool matches = iequals(trim(rest.substr(0, equals)), name);
        std::string_view text = trim(rest.substr(equals + 1));
        std::string result;
        std::size_t used = 0;
        if (text.starts_with('"')) {
            for (used = 1; used < text.size() && text[used] != '"'; ++used) {
                if (text[used] == '\\' && used + 1 < text.size()) ++used;
                result.push_back(text[used]);
            }
        } else {
            used = std::min(text.find(';'), text.size());
            result = std::string(trim(text.substr(0, used)));
        }
        if (matches) return result;
        std::size_t next = text.find(';', used);
        if (next == std::string_view::npos) return std::nullopt;
        value = text;
        at = next;
    }
    return std::nullopt;
}

// The field's name when these part headers are those of a plain field, empty when of a file.
std::string field_name(std::string_view headers) {
    while (!headers.empty()) {
        std::size_t end = std::min(headers.find("\r\n"), headers.size());
        std::string_view line = headers.substr(0, end);
        headers.remove_prefix(std::min(end + 2, headers.size()));
        if (!istarts_with(line, "content-disposition:")) continue;
        if (parameter(line, "filename")) return {};
        return parameter(line, "name").value_or(std::string());
    }
    return {};
}

}  // namespace

MultipartScan::MultipartScan(std::string_view content_type) {
    std::optional<std::string> boundary = parameter(content_type, "boundary");
    constexpr std::size_t longest_boundary = 200;  // RFC 2046 says 70
    if (!boundary || boundary->empty() || boundary->size() > longest_boundary) return;
    delimiter_ = "\r\n--" + *boundary;
    held_ = "\r\n";  // the first delimiter may stand at the very start
}

void MultipartScan::feed(std::string_view text) {
    if (!usable() || state_ == State::done) return;
    held_.append(text);
    while (advance()) {
    }
}

bool MultipartScan::advance() {
    switch (state_) {
        case State::skipping: return find_delimiter();
        case State::after_delimiter: return read_after_delimiter();
        case State::headers: return read_headers();
        case State::value: return read_value();
        case State::done: break;
    }
    return false;
}

bool MultipartScan::find_delimiter() {
    std::size_t at = held_.find(delimiter_);
    if (at == std::string::npos) {
        if (held_.size() >= delimiter_.size()) held_.erase(0, held_.size() - delimiter_.size() + 1);
        return false;
    }
    held_.erase(0, at + delimiter_.size());
    state_ = State::after_delimiter;
    return true;
}

bool MultipartScan::read_after_delimiter() {
    if (held_.size() < 2) return false;
    if (held_.starts_with("--")) {
        state_ = State::done;
        held_.clear();
        return false;
    }
    std::size_t line_end = held_.find("\r\n");
    if (line_end == std::string::npos && held_.size() < most_header_bytes) return false;
    if (line_end == std::string::npos) {
        state_ = State::skipping;
        return true;
    }
    held_.erase(0, line_end);  // keeps CRLF, so that a part without headers is seen as CRLF CRLF
    state_ = State::headers;
    return true;
}

bool MultipartScan::read_headers() {
    std::size_t end = held_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (held_.size() < most_header_bytes) return false;
        state_ = State::skipping;
        return true;
    }
    bool wanted = field_name(std::string_view(held_).substr(0, end)) == "model";
    held_.erase(0, end + 2);  // CRLF stays: a delimiter may follow at once
    state_ = wanted ? State::value : State::skipping;
    return true;
}

bool MultipartScan::read_value() {
    std::size_t at = held_.find(delimiter_, 0);
    if (at == std::string::npos && held_.size() <= most_value_bytes + delimiter_.size()) return false;
    if (at != std::string::npos && at <= most_value_bytes) {
        if (model_) ambiguous_ = true;
        model_ = at >= 2 ? held_.substr(2, at - 2) : std::string();
    }
    state_ = State::skipping;
    return true;
}

}  // namespace aihub::serve
