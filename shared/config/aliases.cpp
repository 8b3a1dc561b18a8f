#include "shared/config/aliases.hpp"

#include <algorithm>
#include <map>

#include "shared/base/strings.hpp"

namespace aihub::config {
namespace {

class Walk {
public:
    Walk(const std::vector<ModelAlias>& aliases, std::vector<Error>& mistakes) : mistakes_(mistakes) {
        for (const ModelAlias& alias : aliases) aliases_.emplace(alias.name, &alias);
    }

    void run() {
        for (const auto& [name, alias] : aliases_) depth(*alias);
    }

private:
    // How many aliases lead from this one to a model, itself included.
    int depth(const ModelAlias& alias) {
        if (auto known = depths_.find(&alias); known != depths_.end()) return known->second;
        auto begin = std::find(path_.begin(), path_.end(), &alias);
        if (begin != path_.end()) return complain_of_circle({begin, path_.end()}), 0;
        path_.push_back(&alias);
        int deepest = 0;
        for (const std::string& target : alias.targets)
            if (auto next = aliases_.find(target); next != aliases_.end() && is_within_reach())
                deepest = std::max(deepest, depth(*next->second));
        path_.pop_back();
        if (deepest == deepest_alias) complain_of_length(alias);
        return depths_[&alias] = deepest + 1;
    }

    // A chain that is too long is named at its start; there is no need to follow it to its end.
    bool is_within_reach() const { return path_.size() <= deepest_alias; }

    void complain_of_circle(const std::vector<const ModelAlias*>& circle) {
        std::string way;
        for (const ModelAlias* alias : circle) way += printable(alias->name) + " → ";
        way += printable(circle.front()->name);
        complain(*circle.back(), "it leads back to itself: " + way);
    }

    void complain_of_length(const ModelAlias& alias) {
        complain(alias, "it leads through more than " + std::to_string(deepest_alias) + " other aliases");
    }

    void complain(const ModelAlias& alias, const std::string& what) {
        mistakes_.emplace_back(ErrorCode::invalid_input,
                               alias.origin + ": aliases." + printable(alias.name) + ": " + what,
                               "let it stand for a model");
    }

    std::map<std::string_view, const ModelAlias*> aliases_;
    std::vector<Error>& mistakes_;
    std::map<const ModelAlias*, int> depths_;
    std::vector<const ModelAlias*> path_;
};

}  // namespace

void check_aliases(const std::vector<ModelAlias>& aliases, std::vector<Error>& mistakes) {
    Walk(aliases, mistakes).run();
}

}  // namespace aihub::config
