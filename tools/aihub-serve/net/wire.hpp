// A connection: a TCP socket, in TLS or not, with the bytes that have arrived and were not used yet.
//
// A read is nearly always under way, even while nobody waits for its bytes: so the end of the other side is
// noticed at once (a client that leaves, a pooled upstream that closes) without a system call of its own.
// Reads and writes never throw; a connection that failed once stays failed. Lives on one loop; shared because
// a read under way keeps it alive.
#pragma once

#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "shared/base/units.hpp"
#include "tools/aihub-serve/net/asio.hpp"
#include "tools/aihub-serve/net/event.hpp"
#include "tools/aihub-serve/net/loop.hpp"

namespace aihub::net {

class Wire : public std::enable_shared_from_this<Wire> {
public:
    Wire(Loop& loop, Socket socket);
    ~Wire();
    Wire(const Wire&) = delete;

    // Switches to TLS; before the first read. The context must outlive the wire.
    Task<ErrorCode> accept_tls(asio::ssl::context& context, Milliseconds timeout);
    Task<ErrorCode> connect_tls(asio::ssl::context& context, const std::string& host, bool verify,
                                Milliseconds timeout);

    // What has arrived and was not consumed. The view stays good until more() or make_room().
    std::string_view pending() const { return {buffer_.get() + begin_, end_ - begin_}; }
    char* pending_bytes() { return buffer_.get() + begin_; }
    void consume(std::size_t count) { begin_ += count; }

    // Waits for one more piece; 0: as long as it takes. Pending bytes may move. timed_out when nothing came,
    // eof at the end; no_buffer_space when `pending` fills the buffer (make_room first).
    Task<ErrorCode> more(Milliseconds timeout);
    // The same in steps, for paths where a coroutine of its own would be felt: false when there is nothing to
    // wait for, but `failed`; else await arrival(), and end_more() tells how it ended.
    bool begin_more(Milliseconds timeout, ErrorCode& failed);
    Task<void> arrival() { return arrived_.wait(); }
    ErrorCode end_more();
    // Room for `size` bytes of pending in one run. Not while a read is under way and the buffer is too small:
    // false.
    bool make_room(std::size_t size);
    // Gives back a buffer that grew, when it is empty.
    void shrink();

    // Starts a read that nobody waits for; pending bytes stay where they are. `gone` is called when it ends
    // the connection.
    void read_ahead(std::function<void()> gone);
    void stop_watching() { gone_ = nullptr; }
    // Bytes that arrive end a write that waits, with operation_aborted: write_rest() may be called again.
    void let_arrivals_end_writes(bool on) { arrivals_end_writes_ = on; }

    // Writes all pieces in order. The deadline counts while the other side takes nothing.
    Task<ErrorCode> write(std::string_view a, std::string_view b = {}, std::string_view c = {},
                          std::string_view d = {});
    // The same in two steps, for paths where a coroutine of its own would be felt: try_write() is nearly
    // always enough; when it gives false, the pieces must stay where they are until write_rest() has ended.
    bool try_write(ErrorCode& failed, std::string_view a, std::string_view b = {}, std::string_view c = {},
                   std::string_view d = {});
    Task<ErrorCode> write_rest();
    void set_write_timeout(Milliseconds timeout) { write_timeout_ = timeout; }

    // Whoever waits for bytes now is to wait no longer than this.
    void expect_within(Milliseconds timeout) { arm(timeout); }

    // Ends whatever waits, with `reason`; the connection is of no more use.
    void fail(ErrorCode reason);
    ErrorCode failure() const { return failure_; }
    void close();  // in good order
    void reset();  // so that the other side sees a failure (RST), whatever it has read
    Task<void> close_lingering(Milliseconds timeout);

    bool is_tls() const { return tls_ != nullptr; }
    Loop& loop() { return loop_; }
    const std::string& remote_address() const { return remote_address_; }  // without the port
    void set_remote_address(std::string address) { remote_address_ = std::move(address); }
    // How much the kernel takes of what the other side does not read; 0: as much as it likes.
    void limit_unsent(unsigned bytes);
    std::uint64_t bytes_written() const { return bytes_written_; }

private:
    friend class Loop;
    using TlsStream = asio::ssl::stream<Socket&>;
    // Pieces still to be written.
    struct Unsent {
        std::array<asio::const_buffer, 4> pieces;
        std::size_t first = 0;
        std::size_t end = 0;

        void add(std::string_view piece) {
            if (!piece.empty()) pieces[end++] = asio::const_buffer(piece.data(), piece.size());
        }
        bool empty() const { return first == end; }
        std::span<const asio::const_buffer> rest() const { return {&pieces[first], end - first}; }
        void advance(std::size_t count) {
            while (first < end && count >= pieces[first].size()) count -= pieces[first++].size();
            if (first < end) pieces[first] += count;
        }
        std::string joined() const;
    };

    bool is_late(std::int64_t now_ms) const { return deadline_ != 0 && deadline_ <= now_ms; }
    void expire();
    // Somebody wants to know when the other side leaves, but the buffer is full, so that no read can tell.
    bool is_watched_in_vain() const { return !reading_ && gone_ && !failure_; }
    void look_for_end();

    void start_read();
    void finish_read(ErrorCode failed, std::size_t count);
    bool has_space() const { return end_ < capacity_; }
    void tidy_buffer();
    void arm(Milliseconds timeout) { deadline_ = timeout.count() > 0 ? steady_ms() + timeout.count() : 0; }
    bool write_some(ErrorCode& failed);
    Task<ErrorCode> write_plain();
    Task<ErrorCode> write_tls();
    Task<void> close_tls();
    Task<ErrorCode> handshake(asio::ssl::stream_base::handshake_type type, Milliseconds timeout);

    // In the order of use: ten times a second all of a loop's wires are looked at, and what that looks at
    // shares a line of the processor's cache with what each piece that arrives needs.
    Wire* next_ = nullptr;       // in the loop's list
    std::int64_t deadline_ = 0;  // steady ms; 0: none
    bool reading_ = false;
    bool read_expired_ = false;
    bool writing_ = false;  // waits until the other side takes more
    bool arrivals_end_writes_ = false;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;  // pending is [begin_, end_)
    std::size_t end_ = 0;
    Event arrived_;
    ErrorCode failure_;
    std::function<void()> gone_;

    Loop& loop_;
    Socket socket_;
    std::unique_ptr<TlsStream> tls_;
    Unsent unsent_;
    std::uint64_t bytes_written_ = 0;
    Milliseconds write_timeout_{60'000};
    std::string remote_address_;
    Wire* previous_ = nullptr;
};

using WirePtr = std::shared_ptr<Wire>;

}  // namespace aihub::net
