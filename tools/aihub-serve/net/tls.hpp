// The certificate of the HTTPS listeners; a new one is taken on reload, for connections that come after it.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "shared/base/result.hpp"

namespace aihub::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// TLS 1.2 and later. invalid_input with a sentence when a file cannot be read or both do not belong together.
Result<TlsContext> load_tls(const std::string& certificate_file, const std::string& key_file);

}  // namespace aihub::net
