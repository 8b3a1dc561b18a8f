#include "tools/aihub-serve/net/wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <cstring>
#include <utility>

namespace aihub::net {
namespace {

// Enough for a usual request or a piece of a stream; what 10,000 quiet streams cost is mostly this.
constexpr std::size_t usual_capacity = 4096;
// A connection that fills its buffer is moving a body: larger reads, fewer calls.
constexpr std::size_t bulk_capacity = 64 * 1024;

using KeepIdle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using UnsentLimit = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;

}  // namespace

std::string Wire::Unsent::joined() const {
    std::string text;
    for (const asio::const_buffer& piece : rest())
        text.append(static_cast<const char*>(piece.data()), piece.size());
    return text;
}

Wire::Wire(Loop& loop, Socket socket) : loop_(loop), socket_(std::move(socket)) {
    ErrorCode ignored;
    remote_address_ = socket_.remote_endpoint(ignored).address().to_string();
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    // A peer that vanished without a word is noticed within minutes, also where nothing is sent for hours.
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    socket_.set_option(KeepIdle(60), ignored);
    next_ = loop_.wires_;
    if (next_) next_->previous_ = this;
    loop_.wires_ = this;
}

Wire::~Wire() {
    if (previous_)
        previous_->next_ = next_;
    else
        loop_.wires_ = next_;
    if (next_) next_->previous_ = previous_;
}

void Wire::limit_unsent(unsigned bytes) {
    ErrorCode ignored;
    socket_.set_option(UnsentLimit(static_cast<int>(bytes)), ignored);
}

Task<ErrorCode> Wire::handshake(asio::ssl::stream_base::handshake_type type, Milliseconds timeout) {
    arm(timeout);
    ErrorCode failed;
    co_await tls_->async_handshake(type, asio::redirect_error(awaiting, failed));
    arm(Milliseconds(0));
    if (failed && !failure_) failure_ = failed;
    co_return failure_;
}

Task<ErrorCode> Wire::accept_tls(asio::ssl::context& context, Milliseconds timeout) {
    tls_ = std::make_unique<TlsStream>(socket_, context);
    co_return co_await handshake(asio::ssl::stream_base::server, timeout);
}

Task<ErrorCode> Wire::connect_tls(asio::ssl::context& context, const std::string& host, bool verify,
                                  Milliseconds timeout) {
    tls_ = std::make_unique<TlsStream>(socket_, context);
    SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
    if (verify) {
        tls_->set_verify_mode(asio::ssl::verify_peer);
        tls_->set_verify_callback(asio::ssl::host_name_verification(host));
    }
    co_return co_await handshake(asio::ssl::stream_base::client, timeout);
}

void Wire::tidy_buffer() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (begin_ > 0 && capacity_ - end_ < capacity_ / 4) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
}

bool Wire::make_room(std::size_t size) {
    if (capacity_ - begin_ >= size) return true;
    if (reading_) return false;
    std::size_t capacity = std::max(size, usual_capacity);
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (end_ > begin_) std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    buffer_ = std::move(larger);
    capacity_ = capacity;
    return true;
}

void Wire::shrink() {
    if (reading_ || begin_ != end_ || capacity_ <= usual_capacity) return;
    buffer_.reset();
    capacity_ = begin_ = end_ = 0;
}

Task<ErrorCode> Wire::more(Milliseconds timeout) {
    ErrorCode failed;
    if (begin_more(timeout, failed)) {
        co_await arrival();
        failed = end_more();
    }
    co_return failed;
}

bool Wire::begin_more(Milliseconds timeout, ErrorCode& failed) {
    if (!reading_ && !failure_) {
        tidy_buffer();
        if (capacity_ == 0) make_room(usual_capacity);
        if (!has_space()) {
            failed = asio::error::no_buffer_space;
            return false;
        }
        start_read();
    }
    failed = failure_;
    if (reading_) arm(timeout);
    return reading_;
}

ErrorCode Wire::end_more() {
    arm(Milliseconds(0));
    return std::exchange(read_expired_, false) ? asio::error::timed_out : failure_;
}

// A deadline that passes while bytes are awaited ends the waiting, not the connection: there may be something
// to say.
void Wire::expire() {
    deadline_ = 0;
    if (!arrived_.has_waiter()) return fail(asio::error::timed_out);
    read_expired_ = true;
    arrived_.fire();
}

// Asks the kernel instead: a peer that has sent FIN or RST shows in the state of the connection.
void Wire::look_for_end() {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return;
    if (info.tcpi_state == TCP_ESTABLISHED) return;
    fail(asio::error::connection_reset);
    if (auto gone = std::exchange(gone_, nullptr)) gone();
}

void Wire::read_ahead(std::function<void()> gone) {
    gone_ = std::move(gone);
    if (failure_)
        return loop_.post([self = shared_from_this()] {
            if (self->gone_) self->gone_();
        });
    if (reading_) return;
    if (begin_ == end_) begin_ = end_ = 0;
    if (capacity_ == 0) make_room(usual_capacity);
    if (has_space()) start_read();
}

void Wire::start_read() {
    reading_ = true;
    asio::mutable_buffer space(buffer_.get() + end_, capacity_ - end_);
    auto done = [self = shared_from_this()](ErrorCode failed, std::size_t count) {
        self->finish_read(failed, count);
    };
    if (tls_)
        tls_->async_read_some(space, std::move(done));
    else
        socket_.async_read_some(space, std::move(done));
}

void Wire::finish_read(ErrorCode failed, std::size_t count) {
    reading_ = false;
    bool filled = count == capacity_ - end_;
    end_ += count;
    if (failed && !failure_) failure_ = failed;
    if (arrived_.has_waiter()) {
        // The waiter has nothing but this piece in hand: the one moment in which the buffer may grow.
        if (filled && capacity_ < bulk_capacity) make_room(bulk_capacity);
        return arrived_.fire();
    }
    if (writing_ && arrivals_end_writes_) {
        ErrorCode ignored;
        socket_.cancel(ignored);
    }
    if (failure_) {
        if (auto gone = std::exchange(gone_, nullptr)) gone();
    } else if (gone_ && has_space()) {
        start_read();
    }
}

Task<ErrorCode> Wire::write(std::string_view a, std::string_view b, std::string_view c, std::string_view d) {
    ErrorCode failed;
    if (!try_write(failed, a, b, c, d)) failed = co_await write_rest();
    co_return failed;
}

bool Wire::try_write(ErrorCode& failed, std::string_view a, std::string_view b, std::string_view c,
                     std::string_view d) {
    failed = {};
    if (failure_ && failure_ != asio::error::eof) {
        failed = failure_;
        return true;
    }
    unsent_.first = unsent_.end = 0;
    for (std::string_view piece : {a, b, c, d}) unsent_.add(piece);
    if (tls_) return unsent_.empty();
    return unsent_.empty() || write_some(failed);
}

// True when all is written or the connection failed; false when the other side takes no more for now.
bool Wire::write_some(ErrorCode& failed) {
    while (!unsent_.empty()) {
        std::span<const asio::const_buffer> rest = unsent_.rest();
        // A piece alone is a simpler call for the kernel, too.
        std::size_t count =
            rest.size() == 1 ? socket_.write_some(rest.front(), failed) : socket_.write_some(rest, failed);
        bytes_written_ += count;
        unsent_.advance(count);
        if (failed == asio::error::would_block) {
            failed = {};
            return false;
        }
        if (failed) return true;
    }
    return true;
}

Task<ErrorCode> Wire::write_rest() {
    return tls_ ? write_tls() : write_plain();
}

Task<ErrorCode> Wire::write_plain() {
    ErrorCode failed;
    do {
        arm(write_timeout_);
        writing_ = true;
        co_await socket_.async_wait(Socket::wait_write, asio::redirect_error(awaiting, failed));
        writing_ = false;
        arm(Milliseconds(0));
        if (failure_ && failure_ != asio::error::eof) co_return failure_;
        if (failed) co_return failed;
    } while (!write_some(failed));
    co_return failed;
}

Task<ErrorCode> Wire::write_tls() {
    std::string text = unsent_.joined();  // one record instead of one a piece
    std::size_t sent = 0;
    while (sent < text.size()) {
        ErrorCode failed;
        arm(write_timeout_);
        std::size_t count = co_await tls_->async_write_some(
            asio::buffer(text.data() + sent, text.size() - sent), asio::redirect_error(awaiting, failed));
        arm(Milliseconds(0));
        if (failure_ && failure_ != asio::error::eof) co_return failure_;
        if (failed) co_return failed;
        sent += count;
        bytes_written_ += count;
    }
    co_return ErrorCode{};
}

void Wire::fail(ErrorCode reason) {
    if (!failure_) failure_ = reason;
    deadline_ = 0;
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Wire::close() {
    if (!failure_) failure_ = asio::error::operation_aborted;
    deadline_ = 0;
    gone_ = nullptr;
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
}

void Wire::reset() {
    ErrorCode ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    failure_ = asio::error::operation_aborted;
    deadline_ = 0;
    gone_ = nullptr;
    socket_.close(ignored);
}

// Says close_notify, without which the end of a reply could be a cut (RFC 8446 6.1), and waits a moment for
// the other's.
Task<void> Wire::close_tls() {
    ErrorCode failed;
    if (reading_) {
        socket_.cancel(failed);
        co_await arrived_.wait();
    }
    constexpr Milliseconds patience{500};
    arm(patience);
    co_await tls_->async_shutdown(asio::redirect_error(awaiting, failed));
    arm(Milliseconds(0));
}

// Closing while bytes of the client are unread makes the kernel send RST, which may overtake our last reply:
// so send FIN, then read and drop for a while (RFC 9112 section 9.6).
Task<void> Wire::close_lingering(Milliseconds timeout) {
    gone_ = nullptr;
    if (tls_) {
        co_await close_tls();
        co_return close();
    }
    ErrorCode ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    std::int64_t end = steady_ms() + timeout.count();
    while (!failure_ && steady_ms() < end) {
        consume(pending().size());
        co_await more(timeout);
    }
    close();
}

}  // namespace aihub::net
