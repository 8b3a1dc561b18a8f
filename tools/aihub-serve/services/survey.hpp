// Asks several servers the same small thing at once and makes one answer of theirs. Who asks the same while
// the servers are being asked, or within a second of their answers, shares it: a burst of requests asks once.
// One a process; ask() on any loop, stop() before the loops are gone.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "shared/http/client.hpp"
#include "tools/aihub-serve/net/loop.hpp"
#include "tools/aihub-serve/services/conclusion.hpp"
#include "tools/aihub-serve/services/errands.hpp"

namespace aihub::serve {

class Survey {
public:
    enum class Until { first, all };  // how many good answers are enough

    struct Question {
        std::string path;
        Until until;
        // Makes the one answer of the bodies that came with a 200, in the order of the servers. On one of our
        // threads.
        std::string (*summarise)(const std::vector<std::string>& bodies);
    };

    ~Survey() { stop(); }

    // What `servers` (their `base`, `bearer` and `verify_tls`) answer; those that do not within three seconds
    // are left out.
    net::Task<std::string> ask(net::Loop& loop, Question question, std::vector<http::ClientRequest> servers);
    // Wakes who waits, with what has come, and ends.
    void stop();

private:
    class Round;

    std::shared_ptr<Round> join_round(const Question& question, std::vector<http::ClientRequest> servers);
    void begin(const std::shared_ptr<Round>& round, std::vector<http::ClientRequest> servers);

    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Round>> rounds_;  // by path and servers
    Errands errands_;
};

}  // namespace aihub::serve
