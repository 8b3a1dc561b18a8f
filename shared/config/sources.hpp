// Where values come from outside the file: command line, environment, .env. Private to shared/config.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/config/configuration.hpp"
#include "shared/config/dotenv.hpp"

namespace aihub::config {

// A text somebody wrote, before it is checked.
struct Candidate {
    std::string text;
    std::string origin;  // as print() shows it: ".env GATEWAY_PORT"
    std::string place;   // as a mistake names it: ".env:3: GATEWAY_PORT"
};

// Variables of one kind (the environment, or one .env file), in which a row finds its value.
class Variables {
public:
    static Variables of_environment(const std::map<std::string, std::string>& variables);
    // Without those that the environment has, even empty: .env never overrides it.
    static Variables of_dotenv(const std::string& label, const std::vector<DotenvEntry>& entries,
                               const std::map<std::string, std::string>& environment);

    // The first of the row's variables that is set and not empty; NAME__0, NAME__1, … of a list; NAME_FILE of
    // a secret, whose file is read here.
    std::optional<Candidate> find(const Setting& setting, std::vector<Error>& mistakes) const;
    std::optional<Candidate> find_name(const std::string& name) const;

private:
    std::optional<Candidate> find_numbered(const std::string& name) const;
    std::optional<Candidate> find_file(const std::string& name, std::vector<Error>& mistakes) const;

    std::map<std::string, Candidate> candidates_;
};

// HubInstances__0__Name, …__Address, …__Load, …__Capacity over what the file lists.
void apply_hub_variables(const Variables& variables, std::vector<HubInstance>& hubs,
                         std::vector<Error>& mistakes);

}  // namespace aihub::config
