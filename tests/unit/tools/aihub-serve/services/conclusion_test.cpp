#include "tools/aihub-serve/services/conclusion.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/net/fixture.hpp"

namespace aihub::serve {
namespace {

// A question, its answer, and who waits for it on a loop.
struct Question {
    std::string answer;
    Conclusion concluded;

    net::Task<std::string> await_answer(net::Loop& loop, std::promise<void>& waits) {
        loop.post([&] { waits.set_value(); });  // comes after the wait has begun
        co_await concluded.wait(loop);
        co_return answer;
    }
    std::future<std::string> asked_on(net::RunningLoop& running) {
        std::promise<void> waits;
        auto answered = net::asio::co_spawn(running.loop.context(), await_answer(running.loop, waits),
                                            net::asio::use_future);
        waits.get_future().get();
        return answered;
    }
};

TEST_CASE("whoever waits for a conclusion is woken on its own loop and sees what came before it") {
    net::RunningLoop first;
    net::RunningLoop second;
    Question question;
    std::vector<std::future<std::string>> answers;
    for (int i = 0; i < 6; ++i) answers.push_back(question.asked_on(i % 2 == 0 ? first : second));
    for (std::future<std::string>& answer : answers)
        CHECK(answer.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    question.answer = "yes";
    question.concluded.conclude();
    for (std::future<std::string>& answer : answers) CHECK(answer.get() == "yes");
}

TEST_CASE("nobody waits for what is concluded already") {
    net::RunningLoop running;
    Question question;
    question.answer = "yes";
    question.concluded.conclude();
    CHECK(question.asked_on(running).get() == "yes");
}

}  // namespace
}  // namespace aihub::serve
