#include "tools/aihub-serve/pipeline/stream_usage_filter.hpp"

#include <utility>

#include "tools/aihub-serve/pipeline/event_end.hpp"
#include "tools/aihub-serve/pipeline/find_word.hpp"

namespace aihub::serve {
namespace {

constexpr std::string_view usage_word = "\"usage\"";

// Text of a model cannot look so: its quotes are escaped.
bool speaks_of_usage(std::string_view text) {
    return find_word(text, usage_word) != std::string_view::npos;
}

// Whether a choice ends here: its reason is a text, where others have null.
bool ends_choice(std::string_view text) {
    constexpr std::string_view word = "\"finish_reason\":";
    for (std::size_t at = find_word(text, word); at != std::string_view::npos;
         at = find_word(text, word, at)) {
        at += word.size();
        std::size_t value = text.find_first_not_of(' ', at);
        if (value != std::string_view::npos && text[value] == '"') return true;
    }
    return false;
}

bool is_empty(std::string_view choices) {
    return choices == "null" || choices.find_first_not_of("[] \t\r\n") == std::string_view::npos;
}

const JsonMember* member(const EventJson& chunk, std::string_view name) {
    return chunk.object() ? chunk.object()->find(name) : nullptr;
}

bool has_choices(const EventJson& chunk) {
    return member(chunk, "choices") != nullptr;
}

bool has_counts(const EventJson& chunk) {
    const JsonMember* usage = member(chunk, "usage");
    return usage && chunk.text(usage->value).starts_with('{');
}

// The chunk that is there for the counts alone.
bool is_of_counts(const EventJson& chunk) {
    const JsonMember* choices = member(chunk, "choices");
    return choices && has_counts(chunk) && is_empty(chunk.text(choices->value));
}

// What the chunk of counts has beyond the last one goes back to where it stands when nobody asks for counts.
std::string with_members_of(std::string final, const EventJson& counts) {
    EventJson chunk(std::move(final));
    chunk.remove("usage");
    if (!chunk.object()) return chunk.event();
    const std::vector<JsonMember>& members = counts.object()->members;
    for (std::size_t i = 0; i < members.size(); ++i)
        if (members[i].key != "usage" && !chunk.object()->find(members[i].key)) chunk.append(counts, i);
    return chunk.event();
}

}  // namespace

std::string_view StreamUsageFilter::feed(std::string_view piece, bool last) {
    if (passes(piece)) return piece;
    out_.clear();
    held_.append(piece);
    take_events(last);
    return out_;
}

bool StreamUsageFilter::passes(std::string_view piece) const {
    return held_.empty() && final_.empty() && ends_event(piece) && !speaks_of_usage(piece) &&
           !ends_choice(piece);
}

void StreamUsageFilter::take_events(bool last) {
    std::string arrived = std::exchange(held_, {});
    std::string_view rest = arrived;
    for (std::size_t end = 0; !rest.empty() && (end = end_of_event(rest)) != std::string_view::npos;) {
        if (std::exchange(in_large_event_, false))
            out_.append(rest.substr(0, end));
        else
            take_event(std::string(rest.substr(0, end)));
        rest.remove_prefix(end);
    }
    held_ = rest;
    if (last)
        take_rest();
    else if (in_large_event_ || held_.size() > largest_event)
        pass_large();
}

// The last byte before a line end is kept with it: what follows may make it a blank line.
void StreamUsageFilter::pass_large() {
    release_final();
    in_large_event_ = true;
    std::size_t sure = held_.find_last_not_of("\r\n");
    out_.append(held_, 0, sure);
    held_.erase(0, sure);
}

// A chunk of counts that was cut off is of no use to anybody.
void StreamUsageFilter::take_rest() {
    std::string rest = std::exchange(held_, {});
    if (in_large_event_)
        out_.append(rest);
    else if (!speaks_of_usage(rest) || EventJson(rest).object())
        take_event(std::move(rest));
    release_final();
}

void StreamUsageFilter::take_event(std::string event) {
    bool is_final = ends_choice(event);
    bool has_nothing = !is_final && !speaks_of_usage(event);
    if (has_nothing || event.size() > largest_event) {
        release_final();
        out_.append(event);
        return;
    }
    EventJson chunk(std::move(event));
    if (is_of_counts(chunk)) {
        if (!final_.empty()) out_.append(with_members_of(std::exchange(final_, {}), chunk));
        return;
    }
    release_final();
    if (has_choices(chunk) && !(is_final && has_counts(chunk))) chunk.remove("usage");
    (is_final ? final_ : out_).append(chunk.event());
}

void StreamUsageFilter::release_final() {
    out_.append(final_);
    final_.clear();
}

}  // namespace aihub::serve
