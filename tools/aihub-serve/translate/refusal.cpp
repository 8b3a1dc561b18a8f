#include "tools/aihub-serve/translate/chat_sides.hpp"

namespace aihub::translate {
namespace {

std::string quoted(std::string_view member) {
    return "\"" + std::string(member) + "\"";
}

}  // namespace

Error no_counterpart(std::string_view member, std::string_view api, std::string_view what_to_do) {
    return Error(ErrorCode::invalid_input, quoted(member) + " has no counterpart in " + std::string(api),
                 std::string(what_to_do));
}

Error malformed(std::string_view member, std::string_view expected) {
    return Error(ErrorCode::invalid_input, quoted(member) + " must be " + std::string(expected));
}

}  // namespace aihub::translate
