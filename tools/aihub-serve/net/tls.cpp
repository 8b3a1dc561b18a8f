#include "tools/aihub-serve/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace aihub::net {
namespace {

Error tls_error(const std::string& what, const boost::system::error_code& failed) {
    ERR_clear_error();
    return Error(aihub::ErrorCode::invalid_input, what + ": " + failed.message(),
                 "give PEM files to --tls-cert (the chain, own certificate first) and --tls-key");
}

// Only HTTP/1.1 is spoken; saying so keeps clients from trying HTTP/2.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in,
                    unsigned in_length, void*) {
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    int result = SSL_select_next_proto(&chosen, length, ours, sizeof ours - 1, in, in_length);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<TlsContext> load_tls(const std::string& certificate_file, const std::string& key_file) {
    namespace ssl = boost::asio::ssl;
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    boost::system::error_code failed;
    context->set_options(
        ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, failed);
    context->use_certificate_chain_file(certificate_file, failed);
    if (failed) return tls_error("cannot use the certificate " + certificate_file, failed);
    context->use_private_key_file(key_file, ssl::context::pem, failed);
    if (failed) return tls_error("cannot use the key " + key_file, failed);
    if (SSL_CTX_check_private_key(context->native_handle()) != 1)
        return Error(aihub::ErrorCode::invalid_input,
                     "the key " + key_file + " does not belong to the certificate " + certificate_file,
                     "give the pair that was made together");
    SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // idle connections keep no buffers
    return context;
}

}  // namespace aihub::net
