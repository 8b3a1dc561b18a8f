// locate: which room does the path belong to?
#include "tools/aihub-serve/pipeline/stages.hpp"

namespace aihub::serve {
namespace {

bool below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

void locate(Exchange& x) {
    std::string_view path = x.request.path;
    const std::string& base = x.policy().base_path;
    if (const Service* service = x.picture->catalogue->by_prefix(path)) {
        x.room = Room::prefix;
        x.service = service;
        x.dialect = dialect_of(path.substr(service->prefix.size()), true, base);
        bool speaks_ollama = service->config.kind == config::ServiceKind::ollama;
        if (x.dialect == Dialect::ollama && !speaks_ollama) x.dialect = Dialect::plain;
        return;
    }
    x.dialect = dialect_of(path, false, base);
    bool own_api = x.dialect == Dialect::detail;  // /api/models and others win over Ollama's BASE_PATH
    x.room = !own_api && (below(path, "/v1") || below(path, base)) ? Room::root : Room::own;
}

}  // namespace aihub::serve
