#include "tools/aihub-serve/services/discovery.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

TEST_CASE("a server that is not there says why it has no models") {
    config::ServiceConfig service;
    service.name = "gone";
    service.kind = config::ServiceKind::openai;
    Findings findings = ask_for_models(service, "http://127.0.0.1:1", Milliseconds(2000));
    CHECK(findings.asked);
    CHECK_FALSE(findings.reachable);
    CHECK(findings.models.empty());
    CHECK(findings.trouble.find("http://127.0.0.1:1/v1/models") != std::string::npos);
}

}  // namespace
}  // namespace aihub::serve
