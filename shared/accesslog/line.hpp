// One line of an access log becomes an entry, in whichever format it is: a JSON object (the gateway's,
// nginx's in any log_format) or the combined format. Owned by whoever reads a log, one for each file, since
// it learns the order of its members; one thread. Secrets end here: an entry has neither keys nor secrets of
// queries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shared/accesslog/combined_line.hpp"
#include "shared/accesslog/entry.hpp"
#include "shared/accesslog/json_fields.hpp"
#include "shared/accesslog/key_mark.hpp"
#include "shared/accesslog/unescape.hpp"

namespace aihub::accesslog {

class LineParser {
public:
    // `line` is without its end. Why it is no entry, in words for people; nothing when `entry` is made, which
    // then lives as long as the line and until the next call.
    std::optional<std::string> parse(std::string_view line, Entry& entry);

private:
    std::optional<std::string> parse_json(std::string_view line, Entry& entry);
    void finish(Entry& entry);

    JsonFields fields_;
    Unescaped unescaped_;
    KeyMark key_;
    std::string uri_masked_;
    std::string referer_masked_;
};

}  // namespace aihub::accesslog
