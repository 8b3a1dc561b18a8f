#include "tools/aihub-serve/pipeline/tariff_name.hpp"

#include "tools/aihub-serve/services/plain_name.hpp"

namespace aihub::serve {
std::string tariff_name(const Exchange& x, std::string_view served) {
    if (x.policy().tariff.names(x.model)) return std::string(plain_name(x.model));
    std::string_view model = served.empty() ? std::string_view(x.model) : served;
    Resolved resolved = x.picture->catalogue->resolve(model);
    return std::string(plain_name(resolved.entry ? std::string_view(resolved.entry->name) : model));
}

}  // namespace aihub::serve
