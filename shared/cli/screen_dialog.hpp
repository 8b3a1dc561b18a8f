// A Dialog on the whole screen, with arrow keys and filters; as narrow and as low as the window may be.
#pragma once

#include "shared/cli/dialog.hpp"
#include "shared/cli/list_picker.hpp"
#include "shared/cli/terminal.hpp"

namespace aihub::cli {

class ScreenDialog : public Dialog {
public:
    explicit ScreenDialog(Terminal& terminal) : terminal_(terminal) {}

    std::optional<std::size_t> choose(const Choice& choice) override;
    std::optional<std::string> ask(const Question& question) override;
    bool confirm(const std::string& question) override;
    void browse(const Choice& choice, const Details& details) override;
    void show_secret(const std::string& heading, const std::string& secret, const std::string& note) override;
    void tell(Tone tone, const std::string& text) override;

private:
    // Draws, waits for a key, and draws again for as long as the window only changes its size.
    Key read_key_over(const std::function<Frame()>& frame);
    ListPicker::Outcome pick(const Choice& choice, ListPicker& picker);

    Terminal& terminal_;
    std::optional<Row> message_;
};

}  // namespace aihub::cli
