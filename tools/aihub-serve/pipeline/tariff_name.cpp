#include "tools/aihub-serve/pipeline/tariff_name.hpp"

namespace aihub::serve {
namespace {

std::string without_latest(std::string_view model) {
    constexpr std::string_view latest = ":latest";
    if (model.ends_with(latest)) model.remove_suffix(latest.size());
    return std::string(model);
}

}  // namespace

std::string tariff_name(const Exchange& x, std::string_view served) {
    if (x.policy().tariff.names(x.model)) return without_latest(x.model);
    std::string_view model = served.empty() ? std::string_view(x.model) : served;
    Resolved resolved = x.picture->catalogue->resolve(model);
    return without_latest(resolved.entry ? std::string_view(resolved.entry->name) : model);
}

}  // namespace aihub::serve
