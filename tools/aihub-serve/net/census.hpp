// How many connections are open, in all and per client address: one count for all loops. Touched once when a
// connection comes and once when it ends, so a lock is cheap enough.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <mutex>

namespace aihub::net {

class Census {
public:
    // Counts a connection, unless there are as many as may be; then false.
    bool enter(const boost::asio::ip::address& client, unsigned most_per_client, unsigned most) {
        std::lock_guard lock(mutex_);
        unsigned& count = clients_[client];
        if (count >= most_per_client || all_ >= most) {
            if (count == 0) clients_.erase(client);
            return false;
        }
        ++count;
        ++all_;
        return true;
    }

    void leave(const boost::asio::ip::address& client) {
        std::lock_guard lock(mutex_);
        auto found = clients_.find(client);
        if (found == clients_.end()) return;
        if (--found->second == 0) clients_.erase(found);
        --all_;
    }

private:
    std::mutex mutex_;
    std::map<boost::asio::ip::address, unsigned> clients_;
    unsigned all_ = 0;
};

}  // namespace aihub::net
