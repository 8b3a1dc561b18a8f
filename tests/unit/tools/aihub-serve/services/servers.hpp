// Services as configured, and what each of their servers has answered: what catalogues are made of.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/model_lists.hpp"

namespace aihub::serve {

class Servers {
public:
    config::ServiceConfig& service(const std::string& name, config::ServiceKind kind,
                                   std::vector<std::string> urls) {
        config::ServiceConfig config;
        config.name = name;
        config.kind = kind;
        config.urls = std::move(urls);
        configuration.services.push_back(std::move(config));
        return configuration.services.back();
    }
    void lists(const std::string& service, const std::string& url, const std::vector<std::string>& models) {
        for (const std::string& id : models) list(service, url, {id, 1700000000, "local", {}});
    }
    void list(const std::string& service, const std::string& url, ListedModel model) {
        Findings& findings = findings_[findings_key(service, url)];
        findings.asked = findings.reachable = true;
        findings.models.push_back(std::move(model));
    }
    void answers_tags(const std::string& service, const std::string& url, const std::string& body) {
        std::vector<ListedModel> models = *parse_ollama_tags(body);
        for (ListedModel& model : models) list(service, url, std::move(model));
    }
    // It was asked and gave no answer; what it listed before still counts.
    void is_silent(const std::string& service, const std::string& url) {
        findings_[findings_key(service, url)].reachable = false;
    }
    void alias(const std::string& name, std::vector<std::string> targets) {
        configuration.aliases.push_back({name, std::move(targets), {}});
    }
    config::ModelConfig& model(const std::string& name) {
        configuration.models.emplace_back().name = name;
        return configuration.models.back();
    }
    std::unique_ptr<Catalogue> catalogue() {
        return std::make_unique<Catalogue>(configuration, findings_, survivors);
    }

    config::Configuration configuration;
    Survivors survivors;

private:
    FindingsByUrl findings_;
};

}  // namespace aihub::serve
