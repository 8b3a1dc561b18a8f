#include "shared/accesslog/path.hpp"

namespace aihub::accesslog {
namespace {

std::string_view without_query(std::string_view uri) {
    std::size_t size = 0;
    while (size < uri.size() && uri[size] != '?' && uri[size] != '#') ++size;
    return uri.substr(0, size);
}

}  // namespace

std::string_view path_of(std::string_view uri) {
    if (!uri.starts_with('/'))
        if (std::size_t host = uri.find("://"); host != uri.npos && host < uri.find_first_of("/?#")) {
            std::size_t path = uri.find_first_of("/?#", host + 3);
            uri = path == uri.npos ? std::string_view() : uri.substr(path);
        }
    uri = without_query(uri);
    return uri.empty() ? "/" : uri;
}

}  // namespace aihub::accesslog
