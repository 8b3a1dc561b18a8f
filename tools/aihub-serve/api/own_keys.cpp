#include "tools/aihub-serve/api/own_keys.hpp"

#include <algorithm>
#include <unordered_map>

#include "shared/base/strings.hpp"

namespace aihub::serve {
namespace {

class Family {
public:
    explicit Family(const std::vector<db::ApiKey>& keys) {
        for (const db::ApiKey& key : keys) parents_.emplace(key.id, key.parent);
    }

    bool descends(const std::string& id, const std::string& from) const {
        std::string at = id;
        for (std::size_t steps = 0; steps <= parents_.size() && !at.empty(); ++steps) {
            if (at == from) return true;
            auto parent = parents_.find(at);
            at = parent == parents_.end() ? "" : parent->second;
        }
        return false;
    }

private:
    std::unordered_map<std::string, std::string> parents_;
};

}  // namespace

bool is_limited(const db::ApiKey& key) {
    return !key.models.empty() || key.budget_micro || key.expires_ms != 0 || !key.parent.empty() ||
           !(key.limits == db::Limits{});
}

Self self_of(const Exchange& x) {
    return {x.caller->user_id, x.caller->user, x.caller->key_row, x.caller->key_id,
            x.caller->parent_row != 0};
}

const db::ApiKey* OwnKeys::find(const std::string& which) const {
    auto at = std::find_if(visible.begin(), visible.end(), [&](const db::ApiKey& key) {
        return key.id == which || std::to_string(key.row) == which;
    });
    return at == visible.end() ? nullptr : &*at;
}

Result<OwnKeys> own_keys(db::Database& db, const Self& self) {
    db::KeyFilter filter;
    filter.user = self.user;
    Result<std::vector<db::ApiKey>> keys = db::list_keys(db, filter);
    if (!keys) return keys.error();
    auto caller = std::find_if(keys->begin(), keys->end(),
                               [&](const db::ApiKey& key) { return key.row == self.key_row; });
    if (caller == keys->end())
        return Error(ErrorCode::unauthorized, "the API key of this request was revoked", "use another one");
    OwnKeys own{*caller, is_limited(*caller), {}, keys->size()};
    Family family(*keys);
    for (db::ApiKey& key : *keys)
        if (!own.limited || family.descends(key.id, own.caller.id)) own.visible.push_back(std::move(key));
    return own;
}

Error no_such_key(const std::string& which) {
    return Error(ErrorCode::not_found, "no API key " + printable(which.substr(0, 100)),
                 "GET /user/api/keys lists yours");
}

}  // namespace aihub::serve
