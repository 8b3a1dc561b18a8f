// Undoes what a log's writer did to a text: JSON's escapes (nginx with escape=json, the gateway), and the
// \xHH of nginx without it and of Apache, in JSON too. Escapes that nobody writes stand for themselves. One
// thread each.
#pragma once

#include <string>
#include <string_view>

namespace aihub::accesslog {

class Unescaped {
public:
    // Before each line: forgets the texts of the last one and makes room for all that one of `size` bytes can
    // hold.
    void begin_line(std::size_t size) {
        used_ = 0;
        if (texts_.size() < size) texts_.resize(size);
    }
    // The text without its escapes; `raw` is a part of the line, and each part is given once.
    std::string_view add(std::string_view raw);

private:
    std::string texts_;  // never longer than what they are written as
    std::size_t used_ = 0;
};

}  // namespace aihub::accesslog
