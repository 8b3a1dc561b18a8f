#include "shared/config/json_tree.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "shared/base/strings.hpp"

namespace aihub::config {
namespace {

constexpr std::size_t deepest_nesting = 16;

enum class Commas { keep, blank };

// Turns comments, and a comma before a closing bracket, into blanks, so that every byte keeps its line.
class Blanker {
public:
    Blanker(std::string_view text, Commas last) : text_(text), last_commas_(last) {}

    std::string run() {
        while (at_ < text_.size()) step();
        return std::move(text_);
    }

private:
    bool ahead(std::string_view word) const { return std::string_view(text_).substr(at_).starts_with(word); }

    void step() {
        char c = text_[at_];
        if (ahead("//")) return blank_to(text_.find('\n', at_));
        if (ahead("/*")) return blank_to(text_.find("*/", at_ + 2), 2);
        if (c == '"') return skip_string();
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return void(++at_);
        if ((c == '}' || c == ']') && comma_ && last_commas_ == Commas::blank) text_[*comma_] = ' ';
        comma_.reset();
        // Only a comma after an item may be left over: [,] and {"a":,} stay errors.
        if (c == ',' && std::string_view("[{,:").find(last_) == std::string_view::npos) comma_ = at_;
        last_ = c;
        ++at_;
    }

    void blank_to(std::size_t end, std::size_t more = 0) {
        end = end == std::string::npos ? text_.size() : end + more;
        for (; at_ < end; ++at_)
            if (text_[at_] != '\n') text_[at_] = ' ';
    }

    void skip_string() {
        comma_.reset();
        last_ = '"';
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        ++at_;
    }

    std::string text_;
    Commas last_commas_;
    std::size_t at_ = 0;
    std::optional<std::size_t> comma_;  // the last byte that counts, when it is a comma after an item
    char last_ = '[';                   // the last byte that counts
};

// How far the parser has read. It reads one byte past a number: a newline there is not the number's.
struct Cursor {
    int newlines = 0;
    bool on_newline = false;

    int line() const { return 1 + newlines - (on_newline ? 1 : 0); }
    void pass(char c) {
        on_newline = c == '\n';
        newlines += on_newline ? 1 : 0;
    }
};

class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, Cursor* cursor) : at_(at), cursor_(cursor) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        cursor_->pass(*at_++);
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountingIterator& other) const { return at_ == other.at_; }

private:
    const char* at_;
    Cursor* cursor_;
};

// "… parse error at line 3, column 5: syntax error … - WHY; last read: '…'; expected X" without the position,
// which counts otherwise than an editor, and without what was read, which may be a key.
std::string without_position(std::string_view text) {
    if (std::size_t column = text.find("column "); column != std::string_view::npos)
        text.remove_prefix(std::min(text.find(": ", column) + 2, text.size()));
    std::string why(text.substr(0, text.find("; last read")));
    if (std::size_t at = text.rfind("; expected "); at != std::string_view::npos && at >= why.size())
        why.append(text.substr(at));
    if (std::size_t dash = why.find(" - "); dash != std::string::npos)
        why.replace(0, dash + 3, "syntax error: ");
    return why;
}

// Builds the tree from the parser's events; each returns false to stop.
class TreeBuilder {
public:
    explicit TreeBuilder(const Cursor& cursor) : cursor_(cursor) {}

    std::optional<std::string> failure;
    JsonNode root;

    bool null() { return scalar(JsonNode::Kind::null, ""); }
    bool boolean(bool value) { return scalar(JsonNode::Kind::boolean, value ? "true" : "false"); }
    bool number_integer(std::int64_t value) { return whole_number(std::to_string(value)); }
    bool number_unsigned(std::uint64_t value) { return whole_number(std::to_string(value)); }
    bool number_float(double, const std::string& text) { return scalar(JsonNode::Kind::number, text); }
    bool string(std::string& value) { return scalar(JsonNode::Kind::text, std::move(value)); }
    bool binary(std::vector<std::uint8_t>&) { return false; }  // JSON text has none
    bool start_object(std::size_t) { return open(JsonNode::Kind::object); }
    bool end_object() { return close(); }
    bool start_array(std::size_t) { return open(JsonNode::Kind::array); }
    bool end_array() { return close(); }

    bool key(std::string& name) {
        for (const auto& [known, node] : open_.back()->members)
            if (known == name) return fail(printable(name) + ": the key occurs twice");
        open_.back()->members.emplace_back(std::move(name), node_here(JsonNode::Kind::null));
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) {
        return fail(without_position(error.what()));
    }

private:
    JsonNode node_here(JsonNode::Kind kind) const { return JsonNode{kind, cursor_.line(), {}}; }

    bool fail(const std::string& why) {
        failure = std::to_string(cursor_.line()) + ": " + why;
        return false;
    }

    // Where the next value belongs: the root, the member whose key came last, or a new item.
    JsonNode& place() {
        if (open_.empty()) return root;
        JsonNode& parent = *open_.back();
        if (parent.kind == JsonNode::Kind::object) return parent.members.back().second;
        return parent.items.emplace_back(node_here(JsonNode::Kind::null));
    }

    bool scalar(JsonNode::Kind kind, std::string text) {
        JsonNode& node = place();
        node.kind = kind;
        node.text = std::move(text);
        return true;
    }

    bool whole_number(std::string text) {
        JsonNode& node = place();
        node.kind = JsonNode::Kind::number;
        node.whole = true;
        node.text = std::move(text);
        return true;
    }

    // A parent's items do not move while one of them is open, so the pointers hold.
    bool open(JsonNode::Kind kind) {
        if (open_.size() == deepest_nesting) return fail("nested too deeply");
        JsonNode& node = place();
        node.kind = kind;
        open_.push_back(&node);
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    const Cursor& cursor_;
    std::vector<JsonNode*> open_;
};

}  // namespace

std::string blank_comments(std::string_view text) {
    return Blanker(text, Commas::keep).run();
}

Result<JsonNode> parse_json(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    std::string plain = Blanker(text, Commas::blank).run();
    Cursor cursor;
    TreeBuilder builder(cursor);
    CountingIterator begin(plain.data(), &cursor);
    CountingIterator end(plain.data() + plain.size(), &cursor);
    bool parsed = nlohmann::json::sax_parse(begin, end, &builder);
    if (parsed) return std::move(builder.root);
    return Error(ErrorCode::invalid_input, builder.failure.value_or("1: not JSON"));
}

}  // namespace aihub::config
