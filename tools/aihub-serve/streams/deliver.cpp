#include "tools/aihub-serve/streams/deliver.hpp"

#include <array>

#include "shared/http/chunked.hpp"

namespace aihub::serve {
namespace {

using Course = ResumableStream::Course;

// What the kernel may hold of a stream that its client does not read: what it holds counts as taken, and too
// much of it could not be had again.
constexpr unsigned unsent_limit = 64 * 1024;

class Delivery {
public:
    Delivery(Exchange& x, ResumableStream& stream, Side& taker)
        : x_(x), stream_(stream), taker_(taker), chunked_(x.request.minor_version == 1) {}

    net::Task<void> run(std::string head) {
        x_.status = 200;
        x_.answering = true;
        if (x_.worker.draining || !chunked_) x_.keep_alive = false;
        x_.client.limit_unsent(unsent_limit);
        watch_client();
        net::ErrorCode failed = co_await x_.client.write(head, connection_headers());
        bool whole = false;
        if (!failed) whole = co_await send_all();
        if (!whole) x_.keep_alive = false;
        if (!whole && !chunked_) x_.must_reset = true;
        x_.client.limit_unsent(0);
    }

private:
    std::string connection_headers() const {
        std::string lines = chunked_ ? "Transfer-Encoding: chunked\r\n" : "";
        if (!x_.keep_alive) lines += "Connection: close\r\n";
        return lines + "\r\n";
    }

    void watch_client() {
        x_.client.read_ahead([this] {
            x_.client_gone = true;
            x_.client.fail(boost::asio::error::operation_aborted);  // a write that waits ends too
            taker_.fire();
        });
    }

    // True when the client has all there is, and the end.
    net::Task<bool> send_all() {
        for (;;) {
            if (x_.client_gone || taker_.is_interrupted()) co_return false;
            ResumableStream::Portion portion = stream_.take(taker_);
            if (!portion.is_mine) co_return false;
            if (portion.text.empty() && portion.course == Course::running) {
                co_await taker_.wait();
                continue;
            }
            net::ErrorCode failed = co_await send(portion.text, portion.course == Course::complete);
            if (failed) co_return false;
            if (portion.course != Course::running) co_return portion.course == Course::complete;
        }
    }

    net::Task<net::ErrorCode> send(std::string_view text, bool last) {
        if (x_.first_byte_ns == 0) x_.first_byte_ns = steady_ns();
        std::array<char, 24> size{};
        std::size_t size_length =
            chunked_ && !text.empty() ? http::write_chunk_size(size.data(), text.size()) : 0;
        std::string end = size_length > 0 ? "\r\n" : "";
        if (chunked_ && last) end += "0\r\n\r\n";
        net::ErrorCode failed =
            co_await x_.client.write(std::string_view(size.data(), size_length), text, end);
        if (!failed) x_.body_bytes_sent += text.size();
        co_return failed;
    }

    Exchange& x_;
    ResumableStream& stream_;
    Side& taker_;
    bool chunked_;
};

}  // namespace

net::Task<void> deliver(Exchange& x, std::shared_ptr<ResumableStream> stream, std::shared_ptr<Side> taker,
                        std::string head) {
    Seat seat(*stream, *taker);
    Delivery delivery(x, *stream, *taker);
    co_await delivery.run(std::move(head));
    x.client.stop_watching();  // what watches refers to this frame
}

}  // namespace aihub::serve
