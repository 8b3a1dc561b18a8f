// The members of one JSON log line, by their meaning. It takes what log formats produce, which is not always
// JSON: members without quotes that are empty, "-" or lists (nginx writes variables as they are), bytes that
// are no UTF-8, \xHH. Members of objects inside the line count as the line's own; lists are passed over; the
// first member of a meaning that says something counts. A writer's lines have their members in one order, so
// each is looked for where the last line had it, which is what makes this fast. Owned by a LineParser; one
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/accesslog/field_names.hpp"
#include "shared/accesslog/unescape.hpp"

namespace aihub::accesslog {

class JsonFields {
public:
    // Why the line cannot be read, in words; nothing when it can. Its texts then live as long as the line and
    // `unescaped`.
    std::optional<std::string> read(std::string_view line, Unescaped& unescaped);

    // Empty when there is no such member, or it is null or "-".
    std::string_view operator[](Field field) const { return values_[static_cast<std::size_t>(field)]; }
    bool has(Field field) const { return seen_ & bit(field); }

private:
    struct Member {
        std::string start;  // its name with quotes and colon, as lines have it
        Field field;
    };

    static std::uint64_t bit(Field field) { return std::uint64_t{1} << static_cast<unsigned>(field); }
    bool is_wanted(Field field) const { return field != Field::none && (*this)[field].empty(); }
    std::optional<std::string> read_members(Unescaped& unescaped);
    bool read_name(Field& field);
    bool expect_known(Field& field);
    void learn(std::string_view start, Field field);
    bool read_value(Field field, Unescaped& unescaped);
    bool read_text(Field field, Unescaped& unescaped);
    bool read_bare(Field field);
    bool skip_list();
    char next();
    void keep(Field field, std::string_view value);
    std::string problem() const;

    std::array<std::string_view, field_count> values_;
    std::uint64_t seen_ = 0;
    std::vector<Member> members_;
    std::size_t expected_ = 0;  // which of them comes next
    const char* begin_ = nullptr;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    int depth_ = 0;
};

}  // namespace aihub::accesslog
