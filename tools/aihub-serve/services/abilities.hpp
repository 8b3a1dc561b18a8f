// Which APIs a server speaks. The configuration says so, or its kind; what these leave open the server is
// asked when somebody needs to know: an empty object is posted to the path, which does nothing, and the
// status tells. The answer is remembered until the server is back after having been down. Who asks the same
// meanwhile shares the question; one in vain is not repeated soon. One a process; ask() on any loop, stop()
// before the loops are gone.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "tools/aihub-serve/net/loop.hpp"
#include "tools/aihub-serve/services/catalogue.hpp"
#include "tools/aihub-serve/services/errands.hpp"
#include "tools/aihub-serve/translate/api.hpp"

namespace aihub::serve {

// What is known without a question; nothing when the server has to be asked. Any thread.
std::optional<bool> known_to_speak(const Upstream& upstream, translate::Api api);

// Whether this server speaks that API.
struct ApiQuestion {
    const Upstream* upstream;
    translate::Api api;

    bool operator==(const ApiQuestion&) const = default;
};

class ApiAbilities {
public:
    ~ApiAbilities() { stop(); }

    // Asks all servers at once, so that nobody waits for longer than for the slowest; what they said is in
    // known_to_speak(). Some do not say, and are not asked again when they did not a short while ago.
    net::Task<void> ask(net::Loop& loop, std::vector<ApiQuestion> asked);
    // Wakes all who wait, and ends.
    void stop();

private:
    class Question;

    std::shared_ptr<Question> join_question(const Upstream& upstream, translate::Api api);
    void put(const std::shared_ptr<Question>& question, const Upstream& upstream, translate::Api api);

    std::mutex mutex_;
    std::map<std::pair<const UpstreamState*, translate::Api>, std::shared_ptr<Question>> questions_;
    Errands errands_;
};

}  // namespace aihub::serve
