// Tells when the arguments of a tool call, which come in fragments, are a complete JSON object: then the call
// can be closed although its server has not said that it is over. Not a validator.
#pragma once

#include <string_view>

namespace aihub::translate {

class ArgumentScan {
public:
    void feed(std::string_view fragment);
    bool is_complete() const { return begun_ && depth_ == 0; }

private:
    void take(char c);

    int depth_ = 0;
    bool begun_ = false;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace aihub::translate
