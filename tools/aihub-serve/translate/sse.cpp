#include "tools/aihub-serve/translate/sse.hpp"

namespace aihub::translate {
namespace {

// A whole picture as base64 fits; what is larger is no event but somebody filling memory.
constexpr std::size_t max_event_bytes = 64u << 20;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::size_t line_end(std::string_view text) {
    std::size_t feed = text.find('\n');
    std::size_t back = text.substr(0, feed).find('\r');
    return back == std::string_view::npos ? feed : back;
}

}  // namespace

bool SseReader::feed(std::string_view piece, const Sink& sink) {
    if (line_.size() + data_.size() + piece.size() > max_event_bytes) return false;
    while (!piece.empty()) {
        if (after_return_ && piece.front() == '\n') piece.remove_prefix(1);
        after_return_ = false;
        std::size_t end = line_end(piece);
        if (end == std::string_view::npos) {
            line_ += piece;
            return true;
        }
        after_return_ = piece[end] == '\r';
        if (line_.empty()) {
            take_line(piece.substr(0, end), sink);
        } else {
            line_ += piece.substr(0, end);
            take_line(line_, sink);
            line_.clear();
        }
        piece.remove_prefix(end + 1);
    }
    return true;
}

void SseReader::end(const Sink& sink) {
    if (!line_.empty()) take_line(line_, sink);
    line_.clear();
    dispatch(sink);
}

void SseReader::take_line(std::string_view line, const Sink& sink) {
    if (at_start_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    at_start_ = false;
    if (line.empty()) return dispatch(sink);
    std::string_view field = line.substr(0, line.find(':'));
    if (field != "data") return;
    line.remove_prefix(field.size());
    if (line.starts_with(':')) line.remove_prefix(1);
    if (line.starts_with(' ')) line.remove_prefix(1);
    take_data(line);
}

void SseReader::take_data(std::string_view value) {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
}

void SseReader::dispatch(const Sink& sink) {
    if (has_data_) sink(data_);
    data_.clear();
    has_data_ = false;
}

void write_sse(std::string& out, std::string_view data) {
    for (std::size_t feed = data.find('\n'); feed != std::string_view::npos; feed = data.find('\n')) {
        out.append("data: ").append(data.substr(0, feed + 1));
        data.remove_prefix(feed + 1);
    }
    out.append("data: ").append(data).append("\n\n");
}

void write_sse(std::string& out, std::string_view name, std::string_view data) {
    out.append("event: ").append(name).append("\n");
    write_sse(out, data);
}

}  // namespace aihub::translate
