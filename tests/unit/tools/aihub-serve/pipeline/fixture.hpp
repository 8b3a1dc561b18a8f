// An exchange without a connection: a request head as it could have come, and a picture of settings, keys and
// services to judge it by. One thread, no loop is run.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/base/clock.hpp"
#include "tests/unit/shared/config/fixture.hpp"
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {

inline config::ServiceConfig service_config(const std::string& name, config::ServiceKind kind,
                                            std::vector<std::string> urls = {"http://127.0.0.1:9"}) {
    config::ServiceConfig service;
    service.name = name;
    service.kind = kind;
    service.urls = std::move(urls);
    return service;
}

class Fixture {
public:
    // Before the first exchange.
    config::Fixture settings;
    std::vector<config::ServiceConfig> services;
    std::vector<db::Account> accounts;
    FindingsByUrl findings;

    // The exchange of a request with this head. Valid until the next call.
    Exchange& given_request(std::string head) {
        if (!worker_.picture) worker_.picture = make_picture();
        exchange_.reset();
        exchange_ = std::make_unique<Exchange>(worker_, *client_);
        exchange_->head_text = std::move(head);
        if (http::parse_request_head(exchange_->head_text, exchange_->policy().head_limits,
                                     exchange_->request))
            throw std::runtime_error("the request of a test is malformed");
        exchange_->keep_alive = exchange_->request.keep_alive;
        exchange_->request_id = "req_1";
        exchange_->started_ns = exchange_->ended_ns = steady_ns();
        exchange_->ended_ms = now_ms();
        return *exchange_;
    }
    Exchange& given_request(const std::string& line, const std::string& headers) {
        return given_request(line + " HTTP/1.1\r\nHost: gateway\r\n" + headers + "\r\n");
    }
    const Catalogue& catalogue() {
        if (!worker_.picture) worker_.picture = make_picture();
        return *worker_.picture->catalogue;
    }

private:
    std::shared_ptr<const Picture> make_picture() {
        config::Configuration configuration = settings.loaded();
        const config::Settings& loaded = configuration.settings;
        configuration.services = services;
        auto picture = std::make_shared<Picture>();
        picture->policy = std::make_shared<Policy>(configuration, settings.around.folder);
        auto stored = std::make_shared<AccountTable>();
        for (const db::Account& account : accounts) stored->add(account);
        stored->finish();
        picture->accounts = std::make_shared<Accounts>(stored, loaded);
        picture->catalogue = std::make_shared<Catalogue>(configuration, findings, survivors_);
        return picture;
    }

    Survivors survivors_;
    net::Loop loop_;
    net::Offload offload_{1};
    AccessLogFile no_log_;
    log::Logger logger_{log::Level::critical};
    Worker worker_{loop_, offload_, no_log_, logger_};
    net::WirePtr client_ = std::make_shared<net::Wire>(loop_, net::Socket(loop_.context()));
    std::unique_ptr<Exchange> exchange_;
};

}  // namespace aihub::serve
