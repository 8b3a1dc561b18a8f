// The members of one JSON object of a request, each asked for by name and type. What nobody has asked for
// by the time the reader goes is refused, so that nothing a client writes is dropped unseen.
//
// All readers of a request share one Complaint, which keeps the first one: reading goes on with neutral
// values, and its outcome counts only while there is no complaint. A member that is null is as good as
// absent.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {

using Complaint = std::optional<Error>;

class Members {
public:
    // `path` names the object in complaints: "messages[2]"; empty: the request itself. Both outlive the
    // reader.
    Members(const Json& object, std::string path, Complaint& complaint);
    ~Members();
    Members(const Members&) = delete;
    Members& operator=(const Members&) = delete;

    // Nothing when it is not there; a complaint and nothing when it is of another type.
    const Json* any(std::string_view name);
    const std::string* text(std::string_view name);
    const Json* number(std::string_view name);
    const Json* count(std::string_view name);  // a whole number, 1 or more
    const Json* list(std::string_view name);
    const Json* object(std::string_view name);
    std::optional<bool> flag(std::string_view name);
    // One of `words`.
    const std::string* word(std::string_view name, std::initializer_list<std::string_view> words);

    // A complaint when it is not there.
    const std::string& required_text(std::string_view name);

    // What changes nothing in the answer, whatever it is.
    void accept(std::initializer_list<std::string_view> names);
    // What cannot be had, unless it is null, false or empty and so asks for nothing.
    void refuse(std::string_view name, std::string_view what_to_do = "leave it out");
    // The same for one value of a member that is known.
    void refuse_value(std::string_view name, std::string_view value, std::string_view what_to_do);

    void complain(Error error);
    std::string path(std::string_view name) const;
    Complaint& complaint() { return complaint_; }

private:
    using Test = bool (*)(const Json&);
    const Json* find(std::string_view name);
    const Json* of_type(std::string_view name, Test test, std::string_view expected);

    const Json::object_t* members_ = nullptr;
    std::string path_;
    Complaint& complaint_;
    std::uint64_t asked_for_ = 0;  // a bit a member
};

// "messages[2]".
std::string item_path(std::string_view list, std::size_t index);
// For what the API of the model's server cannot say.
Error not_to_be_had(std::string_view member, std::string_view what_to_do);

}  // namespace aihub::translate
