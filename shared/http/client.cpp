#include "shared/http/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

namespace aihub::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Failure = boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t largest_head = 64 * 1024;
constexpr std::size_t buffer_size =
    128 * 1024;                                 // bounds what has no limit of its own, such as a chunk's line
constexpr std::chrono::milliseconds pulse{25};  // how long being called off may go unseen

// One request and its reply, as coroutines on a loop of its own, so that time can be limited as a whole.
class Conversation {
public:
    explicit Conversation(const ClientRequest& request) : request_(request) {}
    Conversation(const ClientRequest& request, beast::http::verb verb, std::string body)
        : request_(request), verb_(verb), body_(std::move(body)), asks_(true) {}

    Result<ClientReply> hold();

private:
    asio::awaitable<void> talk();
    asio::awaitable<void> connect();
    asio::awaitable<void> shake_hands();
    template <typename Stream>
    asio::awaitable<void> exchange(Stream& stream);

    auto awaiting() { return asio::redirect_error(asio::use_awaitable, failed_); }
    Error no_reply(const std::string& why) const;

    const ClientRequest& request_;
    beast::http::verb verb_ = beast::http::verb::unknown;
    std::string body_;
    bool asks_ = false;  // else it only connects
    Failure failed_;
    ClientReply reply_;
    bool ended_ = false;
    asio::ssl::context tls_{asio::ssl::context::tls_client};
    asio::io_context loop_;
    asio::ssl::stream<tcp::socket> stream_{loop_, tls_};
};

Result<ClientReply> Conversation::hold() {
    Clock::time_point end = Clock::now() + request_.timeout;
    asio::co_spawn(loop_, talk(), [this](const std::exception_ptr& thrown) {
        ended_ = true;
        if (thrown) failed_ = asio::error::no_memory;
    });
    while (!ended_) {
        if (request_.called_off.stop_requested()) return no_reply("the question was called off");
        if (Clock::now() >= end) return no_reply("it did not answer in time");
        loop_.run_until(std::min(Clock::now() + pulse, end));
    }
    if (failed_) return no_reply(failed_.message());
    return std::move(reply_);
}

asio::awaitable<void> Conversation::talk() {
    co_await connect();
    if (!failed_ && request_.base.tls) co_await shake_hands();
    if (failed_ || !asks_) co_return;
    if (request_.base.tls)
        co_await exchange(stream_);
    else
        co_await exchange(stream_.next_layer());
}

asio::awaitable<void> Conversation::connect() {
    tcp::resolver resolver(loop_);
    auto found =
        co_await resolver.async_resolve(request_.base.host, std::to_string(request_.base.port), awaiting());
    if (!failed_) co_await asio::async_connect(stream_.next_layer(), found, awaiting());
}

asio::awaitable<void> Conversation::shake_hands() {
    const std::string& host = request_.base.host;
    tls_.set_default_verify_paths(failed_);
    Failure no_address;
    asio::ip::make_address(host, no_address);
    if (no_address) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    stream_.set_verify_mode(request_.verify_tls ? asio::ssl::verify_peer : asio::ssl::verify_none, failed_);
    stream_.set_verify_callback(asio::ssl::host_name_verification(host), failed_);
    co_await stream_.async_handshake(asio::ssl::stream_base::client, awaiting());
}

template <typename Stream>
asio::awaitable<void> Conversation::exchange(Stream& stream) {
    using Field = beast::http::field;
    beast::http::request<beast::http::string_body> request(verb_, request_.base.path + request_.path, 11);
    request.set(Field::host, request_.base.authority);
    request.set(Field::accept, "*/*");
    request.set(Field::connection, "close");
    if (!request_.bearer.empty()) request.set(Field::authorization, "Bearer " + request_.bearer);
    if (verb_ == beast::http::verb::post) {
        request.set(Field::content_type, "application/json");
        request.body() = std::move(body_);
        request.prepare_payload();
    }
    co_await beast::http::async_write(stream, request, awaiting());
    if (failed_) co_return;
    beast::flat_buffer buffer(buffer_size);
    do {
        beast::http::response_parser<beast::http::string_body> parser;
        parser.header_limit(largest_head);
        parser.body_limit(request_.largest_reply);
        co_await beast::http::async_read(stream, buffer, parser, awaiting());
        reply_.status = static_cast<int>(parser.get().result_int());
        reply_.body = std::move(parser.get().body());
    } while (!failed_ && reply_.status / 100 == 1);
}

Error Conversation::no_reply(const std::string& why) const {
    return Error(ErrorCode::unavailable, request_.base.text() + request_.path + ": " + why,
                 "is it running, and is the address right?");
}

}  // namespace

Result<ClientReply> get(const ClientRequest& request) {
    return Conversation(request, beast::http::verb::get, {}).hold();
}

Result<ClientReply> post_json(const ClientRequest& request, std::string body) {
    return Conversation(request, beast::http::verb::post, std::move(body)).hold();
}

Result<void> reach(const ClientRequest& request) {
    Result<ClientReply> held = Conversation(request).hold();
    if (!held) return held.error();
    return {};
}

}  // namespace aihub::http
