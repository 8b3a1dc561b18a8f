#include "tools/aihub-serve/pipeline/multipart_scan.hpp"

#include <algorithm>

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

constexpr std::size_t most_header_bytes = 8192;
constexpr std::size_t most_value_bytes = 1024;
constexpr std::size_t most_padding = 256;  // blanks behind a boundary

// The value of parameter `name` in "form-data; name=\"model\"; filename=…".
std::optional<std::string> parameter(std::string_view value, std::string_view name) {
    std::size_t at = value.find(';');
    while (at != std::string_view::npos) {
        std::string_view rest = trim(value.substr(at + 1));
        std::size_t equals = rest.find_first_of("=;");
        if (equals == std::string_view::npos) return std::nullopt;
        if (rest[equals] == ';') {  // a word without a value
            value = rest;
            at = equals;
            continue;
        }
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

}  // namespace

MultipartScan::MultipartScan(std::string_view content_type) {
    std::optional<std::string> boundary = parameter(content_type, "boundary");
    constexpr std::size_t longest_boundary = 200;  // RFC 2046 says 70
    if (!boundary || boundary->empty() || boundary->size() > longest_boundary) return;
    delimiter_ = "\r\n--" + *boundary;
    held_ = "\r\n";  // the first delimiter may stand at the very start
}

// A plain field called `model`; a file, or what is called one without the name that makes it one (some
// clients leave that out, and some servers take it nevertheless).
MultipartScan::Part MultipartScan::part_of(std::string_view headers) {
    while (!headers.empty()) {
        std::size_t end = std::min(headers.find("\r\n"), headers.size());
        std::string_view line = headers.substr(0, end);
        headers.remove_prefix(std::min(end + 2, headers.size()));
        if (!istarts_with(line, "content-disposition:")) continue;
        std::string name = parameter(line, "name").value_or(std::string());
        bool is_file = parameter(line, "filename") || parameter(line, "filename*") || name == "file";
        if (is_file) return Part::file;
        return name == "model" ? Part::model : Part::other;
    }
    return Part::other;
}

void MultipartScan::feed(std::string_view text) {
    if (!usable() || state_ == State::done) return;
    held_.append(skim(text));
    while (advance()) {
    }
}

// Much content is looked through where it lies: what is left of it is to be held.
std::string_view MultipartScan::skim(std::string_view text) {
    constexpr std::size_t worth_it = 1024;
    std::size_t seam = delimiter_.size();
    if (state_ != State::skipping || held_.size() >= seam || text.size() < worth_it) return text;
    held_.append(text.substr(0, seam));
    while (advance()) {
    }
    bool still_skipping = state_ == State::skipping && held_.size() == seam - 1;
    if (!still_skipping) return text.substr(seam);
    std::string_view rest = text.substr(seam - held_.size());
    held_.clear();
    std::size_t content = std::min(rest.find(delimiter_), rest.size() - seam + 1);
    pass(rest.substr(0, content));
    return rest.substr(content);
}

void MultipartScan::drop(std::size_t count) {
    pass(std::string_view(held_).substr(0, count));
    held_.erase(0, count);
}

// What is in no other hands any more.
void MultipartScan::pass(std::string_view content) {
    std::uint64_t before = file_begin_ > dropped_ ? file_begin_ - dropped_ : 0;
    if (file_ && before < content.size()) file_->feed(content.substr(static_cast<std::size_t>(before)));
    dropped_ += content.size();
}

void MultipartScan::end_file() {
    files_ = sound();
    file_.reset();
}

SoundTime MultipartScan::sound() const {
    SoundTime sound = files_;
    if (!file_) return sound;
    SoundTime last = file_->length();
    sound.ms += last.ms;
    sound.estimated = sound.estimated || last.estimated;
    return sound;
}

bool MultipartScan::advance() {
    switch (state_) {
        case State::skipping:
            return skip_content();
        case State::headers:
            return read_headers();
        case State::value:
            return read_value();
        case State::done:
            break;
    }
    return false;
}

// A line that only begins like a delimiter belongs to the content: the boundary is followed by `--`, or by
// blanks and the end of the line (RFC 2046 section 5.1.1).
MultipartScan::Delimiter MultipartScan::judge_delimiter(std::size_t after) const {
    std::string_view rest = std::string_view(held_).substr(after);
    if (rest.starts_with("--")) return Delimiter::last;
    std::size_t text = std::min(rest.find_first_not_of(" \t"), rest.size());
    if (text > most_padding) return Delimiter::none;
    rest.remove_prefix(text);
    if (rest.starts_with("\r\n")) return Delimiter::sound;
    bool is_open = rest.empty() || rest == "\r" || (text == 0 && rest == "-");
    return is_open ? Delimiter::undecided : Delimiter::none;
}

// Where the next delimiter starts, in `from` and after it; what is left of `held_` at npos is to be searched
// again with more.
std::size_t MultipartScan::find_delimiter(std::size_t from, Delimiter& kind) const {
    for (std::size_t at = held_.find(delimiter_, from); at != std::string::npos;
         at = held_.find(delimiter_, at + 1)) {
        kind = judge_delimiter(at + delimiter_.size());
        if (kind != Delimiter::none) return at;
    }
    kind = Delimiter::none;
    return std::string::npos;
}

bool MultipartScan::skip_content() {
    Delimiter kind = Delimiter::none;
    std::size_t at = find_delimiter(0, kind);
    if (at == std::string::npos) {
        if (held_.size() >= delimiter_.size()) drop(held_.size() - delimiter_.size() + 1);
        return false;
    }
    drop(at);
    if (kind == Delimiter::undecided) return false;
    end_file();
    drop(delimiter_.size());
    if (kind == Delimiter::last) {
        state_ = State::done;
        held_.clear();
        return false;
    }
    drop(held_.find("\r\n"));  // CRLF stays, so that a part without headers is seen as CRLF CRLF
    state_ = State::headers;
    return true;
}

bool MultipartScan::read_headers() {
    std::size_t end = held_.find("\r\n\r\n");
    if (end == std::string::npos && held_.size() < most_header_bytes) return false;
    if (end == std::string::npos || end + 4 > most_header_bytes) {
        state_ = State::skipping;
        return true;
    }
    Part part = part_of(std::string_view(held_).substr(0, end));
    drop(end + 2);  // CRLF stays: a delimiter may follow at once
    state_ = part == Part::model ? State::value : State::skipping;
    if (part == Part::file) {
        file_.emplace();
        file_begin_ = dropped_ + 2;
    }
    return true;
}

bool MultipartScan::read_value() {
    Delimiter kind = Delimiter::none;
    std::size_t at = find_delimiter(0, kind);
    bool in_reach = at == std::string::npos ? held_.size() <= most_value_bytes + delimiter_.size()
                                            : at <= most_value_bytes;
    if (in_reach && (at == std::string::npos || kind == Delimiter::undecided)) return false;
    if (in_reach) {
        if (model_) ambiguous_ = true;
        model_ = at >= 2 ? held_.substr(2, at - 2) : std::string();
        model_span_ = {dropped_, dropped_ + model_->size()};
    }
    state_ = State::skipping;
    return true;
}

}  // namespace aihub::serve
