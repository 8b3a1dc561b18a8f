// A Dialog line by line, for terminals that can do no more and for screen readers: numbers to choose by,
// nothing drawn over. Input and output belong to the caller.
#pragma once

#include <cstdio>

#include "shared/cli/dialog.hpp"
#include "shared/cli/look.hpp"

namespace aihub::cli {

class LineDialog : public Dialog {
public:
    LineDialog(std::FILE* in, std::FILE* out, const Look& look) : in_(in), out_(out), look_(look) {}

    std::optional<std::size_t> choose(const Choice& choice) override;
    std::optional<std::string> ask(const Question& question) override;
    bool confirm(const std::string& question) override;
    void browse(const Choice& choice, const Details& details) override;
    void show_secret(const std::string& heading, const std::string& secret, const std::string& note) override;
    void tell(Tone tone, const std::string& text) override;

private:
    void say(const std::string& text);  // a line
    // Nothing at the end of the input.
    std::optional<std::string> read_answer(const std::string& prompt);
    void list(const Choice& choice, const std::vector<std::size_t>& entries, bool numbers);

    std::FILE* in_;
    std::FILE* out_;
    Look look_;
};

}  // namespace aihub::cli
