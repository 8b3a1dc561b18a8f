// The Asio vocabulary of this program: executor-typed sockets and coroutines, so that nothing is erased on
// the way.
#pragma once

#include <boost/asio/detail/thread_info_base.hpp>

#include "tools/aihub-serve/net/frame_memory.hpp"

// Before any coroutine: their frames come from our lists, as Asio 1.81 lets them be had in no other way.
template <>
inline void* boost::asio::detail::thread_info_base::allocate(awaitable_frame_tag, thread_info_base*,
                                                             std::size_t size, std::size_t) {
    return aihub::net::FrameMemory::take(size);
}
template <>
inline void boost::asio::detail::thread_info_base::deallocate(awaitable_frame_tag, thread_info_base*,
                                                              void* pointer, std::size_t size) {
    aihub::net::FrameMemory::give(pointer, size);
}

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

namespace aihub::net {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Endpoint = asio::ip::tcp::endpoint;
using ErrorCode = boost::system::error_code;

template <typename T>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> awaiting{};

}  // namespace aihub::net
