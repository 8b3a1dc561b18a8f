#include "shared/config/sources.hpp"

#include "shared/base/files.hpp"
#include "shared/base/strings.hpp"
#include "shared/config/base_url.hpp"

namespace aihub::config {
namespace {

void mistake(std::vector<Error>& mistakes, const Candidate& candidate, const Error& error) {
    mistakes.emplace_back(ErrorCode::invalid_input, candidate.place + ": " + error.message, error.hint);
}

std::uint64_t whole_number(const Candidate& candidate, std::vector<Error>& mistakes) {
    std::optional<std::uint64_t> value = parse_unsigned(trim(candidate.text));
    if (!value)
        mistake(mistakes, candidate,
                Error(ErrorCode::invalid_input, "not a number: \"" + printable(candidate.text) + "\"",
                      "give a whole number"));
    return value.value_or(0);
}

void set_address(HubInstance& hub, const Candidate& candidate, std::vector<Error>& mistakes) {
    Result<std::string> url = normalise_base_url(trim(candidate.text));
    if (!url) return mistake(mistakes, candidate, url.error());
    hub.address = *url;
}

}  // namespace

Variables Variables::of_environment(const std::map<std::string, std::string>& variables) {
    Variables result;
    for (const auto& [name, text] : variables)
        if (!text.empty()) result.candidates_[name] = {text, "environment " + name, "environment " + name};
    return result;
}

Variables Variables::of_dotenv(const std::string& label, const std::vector<DotenvEntry>& entries,
                               const std::map<std::string, std::string>& environment) {
    Variables result;
    for (const DotenvEntry& entry : entries) {
        if (environment.contains(entry.name)) continue;
        std::string place = label + ":" + std::to_string(entry.line) + ": " + entry.name;
        if (entry.value.empty())
            result.candidates_.erase(entry.name);
        else
            result.candidates_[entry.name] = {entry.value, label + " " + entry.name, place};
    }
    return result;
}

std::optional<Candidate> Variables::find_name(const std::string& name) const {
    auto found = candidates_.find(name);
    if (found == candidates_.end()) return std::nullopt;
    return found->second;
}

std::optional<Candidate> Variables::find_numbered(const std::string& name) const {
    std::optional<Candidate> joined;
    for (int number = 0;; ++number) {
        std::optional<Candidate> item = find_name(name + "__" + std::to_string(number));
        if (!item) return joined;
        if (joined)
            joined->text += "," + item->text;
        else
            joined = item;
    }
}

std::optional<Candidate> Variables::find_file(const std::string& name, std::vector<Error>& mistakes) const {
    std::optional<Candidate> candidate = find_name(name + "_FILE");
    if (!candidate) return std::nullopt;
    Result<std::string> text = read_file(candidate->text);
    if (!text) {
        mistake(mistakes, *candidate, text.error());
        return std::nullopt;
    }
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    candidate->text = *text;
    return candidate;
}

std::optional<Candidate> Variables::find(const Setting& setting, std::vector<Error>& mistakes) const {
    for (const std::string& name : split_list(setting.environment)) {
        std::optional<Candidate> candidate = find_name(name);
        if (!candidate && setting.type == Type::list) candidate = find_numbered(name);
        if (!candidate && setting.secret) candidate = find_file(name, mistakes);
        if (candidate) return candidate;
    }
    return std::nullopt;
}

void apply_hub_variables(const Variables& variables, std::vector<HubInstance>& hubs,
                         std::vector<Error>& mistakes) {
    for (std::size_t number = 0;; ++number) {
        std::string prefix = "HubInstances__" + std::to_string(number) + "__";
        std::optional<Candidate> name = variables.find_name(prefix + "Name");
        std::optional<Candidate> address = variables.find_name(prefix + "Address");
        std::optional<Candidate> load = variables.find_name(prefix + "Load");
        std::optional<Candidate> capacity = variables.find_name(prefix + "Capacity");
        bool said = name || address || load || capacity;
        if (!said && number >= hubs.size()) return;
        if (number >= hubs.size()) hubs.emplace_back();
        if (name) hubs[number].name = name->text;
        if (address) set_address(hubs[number], *address, mistakes);
        if (load) hubs[number].load = whole_number(*load, mistakes);
        if (capacity) hubs[number].capacity = whole_number(*capacity, mistakes);
    }
}

}  // namespace aihub::config
