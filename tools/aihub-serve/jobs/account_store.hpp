// The database for the HTTP APIs: a few connections, and threads of their own, so that one that waits for a
// lock holds up nobody's request. Asked from a loop, answered on it. One a process.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "tools/aihub-serve/jobs/accounts_watch.hpp"
#include "tools/aihub-serve/jobs/watched_database.hpp"
#include "tools/aihub-serve/net/offload.hpp"

namespace aihub::serve {

class AccountStore {
public:
    // `path` of the database, which must be there.
    AccountStore(std::string path, AccountsWatch& watch) : path_(std::move(path)), watch_(watch) {}

    // What `work(database)`, which gives a Result, says. What it refers to must live in the caller's frame.
    template <typename Work>
    net::Task<std::invoke_result_t<Work&, db::Database&>> ask(net::Loop& loop, Work work) {
        std::optional<std::invoke_result_t<Work&, db::Database&>> answer;
        co_await threads_.run(loop, [&] { answer.emplace(with_connection(work)); });
        co_return std::move(*answer);
    }

    // The same for what changes accounts: once it has, the answer comes when every loop knows of it, so that
    // the client's next request finds the change in force.
    template <typename Work>
    net::Task<std::invoke_result_t<Work&, db::Database&>> change(net::Loop& loop, Work work) {
        std::optional<std::invoke_result_t<Work&, db::Database&>> answer;
        co_await threads_.run(loop, [&] {
            answer.emplace(with_connection(work));
            if (*answer) watch_.look_now(longest_look);
        });
        co_return std::move(*answer);
    }

    // Other slow work of the same APIs, which no request for a model shall wait behind.
    net::Offload& threads() { return threads_; }

    // Waits for what is under way. The loops must still be there.
    void join() { threads_.join(); }

    // On the calling thread, which may block.
    template <typename Work>
    auto with_connection(Work& work) -> std::invoke_result_t<Work&, db::Database&> {
        std::unique_ptr<WatchedDatabase> connection = borrow();
        Result<db::Database*> database = connection->get();
        if (!database) return database.error();
        auto answer = work(**database);
        bool sound =
            answer || (answer.error().code != ErrorCode::io && answer.error().code != ErrorCode::corrupt);
        if (sound) give_back(std::move(connection));
        return answer;
    }

private:
    static constexpr unsigned thread_count = 2;
    static constexpr std::chrono::milliseconds longest_look{2000};

    std::unique_ptr<WatchedDatabase> borrow();
    void give_back(std::unique_ptr<WatchedDatabase> connection);

    std::string path_;
    AccountsWatch& watch_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<WatchedDatabase>> idle_;
    net::Offload threads_{thread_count};
};

}  // namespace aihub::serve
