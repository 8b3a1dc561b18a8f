#include "tools/aihub-serve/net/upstream_pool.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/net/fixture.hpp"

namespace aihub::net {
namespace {

// A pool on a running loop, and a server for it to connect to.
class PoolFixture {
public:
    RunningLoop running;
    Server server;
    Target target = target_at(server.port());

    PoolFixture() {
        running.on_loop([this] { pool_ = std::make_unique<UpstreamPool>(running.loop); });
    }
    ~PoolFixture() {
        running.on_loop([this] {
            pool_->close_all();
            pool_.reset();
        });
    }
    PoolFixture(const PoolFixture&) = delete;

    static Target target_at(std::uint16_t port, const std::string& host = "127.0.0.1") {
        Target target;
        target.url = *http::parse_url("http://" + host + ":" + std::to_string(port));
        target.text = target.pool_key = target.url.text();
        return target;
    }
    // A kept connection, or a new one.
    UpstreamPool::Lease acquire(const Target& to) {
        UpstreamPool::Lease lease;
        running.on_loop([&] { lease.wire = pool_->take_idle(to); });
        lease.reused = lease.wire != nullptr;
        return lease.reused ? std::move(lease) : running.run(pool_->connect(to));
    }
    UpstreamPool::Lease acquire() { return acquire(target); }
    void release(UpstreamPool::Lease& lease) {
        running.on_loop([&] { pool_->release(target, std::move(lease.wire), steady_ms()); });
    }
    void discard(UpstreamPool::Lease& lease) {
        running.on_loop([&] {
            lease.wire->close();
            lease.wire.reset();
        });
    }
    // The end of the other side's bytes, as the server sees it: true when the pool has closed the connection.
    static bool is_closed(asio::ip::tcp::socket& peer) {
        ErrorCode failed;
        char byte = 0;
        asio::read(peer, asio::buffer(&byte, 1), failed);
        return failed == asio::error::eof || failed == asio::error::connection_reset;
    }

private:
    std::unique_ptr<UpstreamPool> pool_;
};

TEST_CASE("a connection that was given back is the next one's") {
    PoolFixture fixture;
    UpstreamPool::Lease lease = fixture.acquire();
    REQUIRE(lease.wire);
    CHECK_FALSE(lease.reused);
    asio::ip::tcp::socket peer = fixture.server.accept();
    Wire* same = lease.wire.get();
    fixture.release(lease);
    UpstreamPool::Lease again = fixture.acquire();
    CHECK(again.reused);
    CHECK(again.wire.get() == same);
    fixture.discard(again);
}

TEST_CASE("a connection that its server closed is gone before anybody picks it") {
    PoolFixture fixture;
    UpstreamPool::Lease lease = fixture.acquire();
    asio::ip::tcp::socket peer = fixture.server.accept();
    std::weak_ptr<Wire> kept = lease.wire;
    fixture.release(lease);
    peer.close();
    // The loop sees the end by itself; once it has, nothing refers to the wire any more.
    for (bool gone = false; !gone;) fixture.running.on_loop([&] { gone = kept.expired(); });
    UpstreamPool::Lease next = fixture.acquire();
    REQUIRE(next.wire);
    CHECK_FALSE(next.reused);
    fixture.discard(next);
}

TEST_CASE("a connection on which its server said more than it was asked is not used again") {
    PoolFixture fixture;
    UpstreamPool::Lease lease = fixture.acquire();
    asio::ip::tcp::socket peer = fixture.server.accept();
    asio::write(peer, asio::buffer("HTTP/1.1 200 OK\r\n", 17));
    auto read = [&]() -> Task<ErrorCode> { co_return co_await lease.wire->more(Milliseconds(0)); };
    CHECK_FALSE(fixture.running.run(read()));
    fixture.release(lease);
    CHECK(PoolFixture::is_closed(peer));
    UpstreamPool::Lease next = fixture.acquire();
    CHECK_FALSE(next.reused);
    fixture.discard(next);
}

TEST_CASE("bytes that come to an idle connection take it out of use") {
    PoolFixture fixture;
    UpstreamPool::Lease lease = fixture.acquire();
    asio::ip::tcp::socket peer = fixture.server.accept();
    WirePtr watched = lease.wire;
    fixture.release(lease);
    asio::write(peer, asio::buffer("unasked", 7));
    for (bool arrived = false; !arrived;)
        fixture.running.on_loop([&] { arrived = !watched->pending().empty(); });
    fixture.running.on_loop([&] { watched.reset(); });
    UpstreamPool::Lease next = fixture.acquire();
    CHECK_FALSE(next.reused);
    CHECK(PoolFixture::is_closed(peer));
    fixture.discard(next);
}

TEST_CASE("of several kept connections the newest is taken") {
    PoolFixture fixture;
    UpstreamPool::Lease older = fixture.acquire();
    UpstreamPool::Lease newer = fixture.acquire();
    Wire* newest = newer.wire.get();
    fixture.release(older);
    fixture.release(newer);
    UpstreamPool::Lease next = fixture.acquire();
    CHECK(next.wire.get() == newest);
    fixture.discard(next);
}

TEST_CASE("connections to one server whose certificate is checked and not checked are kept apart") {
    PoolFixture fixture;
    UpstreamPool::Lease lease = fixture.acquire();
    fixture.release(lease);
    Target other = fixture.target;
    other.pool_key += " unchecked";
    UpstreamPool::Lease apart = fixture.acquire(other);
    CHECK_FALSE(apart.reused);
    fixture.discard(apart);
}

TEST_CASE("servers do not share connections") {
    PoolFixture fixture;
    Server other;
    UpstreamPool::Lease lease = fixture.acquire();
    fixture.release(lease);
    UpstreamPool::Lease elsewhere = fixture.acquire(PoolFixture::target_at(other.port()));
    REQUIRE(elsewhere.wire);
    CHECK_FALSE(elsewhere.reused);
    fixture.discard(elsewhere);
}

TEST_CASE("a server that is not there gives no connection and says why") {
    PoolFixture fixture;
    std::uint16_t closed_port = 0;
    {
        Server gone;
        closed_port = gone.port();
    }
    UpstreamPool::Lease lease = fixture.acquire(PoolFixture::target_at(closed_port));
    CHECK_FALSE(lease.wire);
    CHECK(lease.failed == asio::error::connection_refused);
}

TEST_CASE("a server is found by its name") {
    PoolFixture fixture;
    UpstreamPool::Lease lease = fixture.acquire(PoolFixture::target_at(fixture.server.port(), "localhost"));
    REQUIRE(lease.wire);
    fixture.discard(lease);
}

}  // namespace
}  // namespace aihub::net
