// How long it takes to choose among 50 servers of different load, weight and speed: a JSON object of
// microseconds, by strategy, as the median of many batches.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

#include "tools/aihub-serve/net/loop.hpp"
#include "tools/aihub-serve/services/choice.hpp"

namespace aihub::serve {
namespace {

constexpr unsigned servers = 50;
constexpr int batches = 101;
constexpr int batch = 1000;

std::unique_ptr<Service> make_service(unsigned number) {
    auto service = std::make_unique<Service>();
    service->config.name = "service" + std::to_string(number);
    service->config.cost = number % 7;
    Upstream& upstream = service->upstreams.emplace_back();
    upstream.service = service.get();
    upstream.target.text = "http://127.0.0.1:" + std::to_string(8000 + number);
    upstream.weight = 1 + number % 3;
    upstream.state = std::make_shared<UpstreamState>();
    upstream.state->outstanding = static_cast<int>(number * 7 % 5);
    for (int i = 0; i < 3; ++i)
        upstream.state->latency.note(50.0F + static_cast<float>(number), net::steady_ms());
    return service;
}

double median_of(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
}

double microseconds(Strategy strategy, const Candidates& fresh) {
    std::vector<double> each;
    std::uint64_t turn = 0;
    for (int i = 0; i < batches; ++i) {
        Candidates candidates = fresh;
        auto begin = std::chrono::steady_clock::now();
        for (int k = 0; k < batch; ++k, ++turn)
            order_candidates(candidates, {turn | 1, turn, strategy, nullptr});
        std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
        each.push_back(took.count() / batch);
    }
    return median_of(std::move(each));
}

int run() {
    std::vector<std::unique_ptr<Service>> services;
    Candidates candidates;
    for (unsigned number = 0; number < servers; ++number) {
        services.push_back(make_service(number));
        candidates.emplace_back().upstream = &services.back()->upstreams[0];
    }
    const char* separator = "{";
    for (Strategy strategy : {Strategy::least_outstanding, Strategy::round_robin, Strategy::latency,
                              Strategy::cost, Strategy::sticky}) {
        std::printf("%s\"%s\": %.3f", separator, std::string(strategy_name(strategy)).c_str(),
                    microseconds(strategy, candidates));
        separator = ", ";
    }
    return std::puts("}") < 0 ? 1 : 0;
}

}  // namespace
}  // namespace aihub::serve

int main() {
    return aihub::serve::run();
}
