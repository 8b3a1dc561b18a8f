#include "shared/base/strings.hpp"
#include "shared/config/settings.hpp"

namespace aihub::config {
namespace {

// "A setting." from "a setting": help texts begin in lower case, since --help shows them behind a flag.
std::string sentence(std::string_view help) {
    std::string text(help);
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text + ".";
}

std::string join_macros(std::string_view macro, const std::vector<std::string>& words) {
    std::string text = "." + std::string(macro);
    for (const std::string& word : words) text += " " + word + (&word == &words.back() ? "" : " ,");
    return text + "\n";
}

std::string row_text(const Setting& row) {
    std::string text = ".It Cm " + std::string(row.name) + "\n" + sentence(row.help) + "\n";
    if (!row.standard.empty()) text += "Default:\n.Ql " + std::string(row.standard) + " .\n";
    if (!row.environment.empty()) text += "Environment:\n" + join_macros("Ev", split_list(row.environment));
    if (!row.flag.empty()) text += "Flag:\n.Fl " + std::string(row.flag.substr(1)) + "\n";
    if (!row.reloadable) text += "A change takes effect at the next start.\n";
    return text;
}

}  // namespace

std::string render_settings_reference() {
    std::string text = ".Bl -tag -width Ds\n";
    for (const Setting& row : settings_table()) text += row_text(row);
    return text + ".El\n";
}

}  // namespace aihub::config
