// Gateways of a state folder that were replaced and finish what they were doing. For commands: blocking.
#pragma once

#include <string>
#include <vector>

namespace aihub::serve {

struct Older {
    int process = 0;
    long long connections = 0;
};

std::vector<Older> find_older(const std::string& state_folder);

}  // namespace aihub::serve
