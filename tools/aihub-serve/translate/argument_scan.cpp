#include "tools/aihub-serve/translate/argument_scan.hpp"

namespace aihub::translate {

void ArgumentScan::feed(std::string_view fragment) {
    for (char c : fragment) take(c);
}

void ArgumentScan::take(char c) {
    if (escaped_) {
        escaped_ = false;
    } else if (in_string_) {
        escaped_ = c == '\\';
        in_string_ = c != '"';
    } else if (c == '"') {
        in_string_ = true;
    } else if (c == '{' || c == '[') {
        begun_ = true;
        ++depth_;
    } else if (c == '}' || c == ']') {
        --depth_;
    }
}

}  // namespace aihub::translate
