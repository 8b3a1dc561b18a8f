#include "tools/aihub-serve/pipeline/usage_ids.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace aihub::serve {
namespace {

constexpr std::int64_t moment = 1'795'000'000'000;

TEST_CASE("numbers of usage grow, also within a millisecond and when the clock goes back") {
    UsageIds ids(3, 1);
    std::int64_t last = 0;
    for (int i = 0; i < 1000; ++i) {
        std::int64_t id = ids.next(i < 500 ? moment : moment - 5000);
        CHECK(id > last);
        last = id;
    }
    CHECK(UsageIds::time_of(ids.next(moment + 10'000)) == moment + 10'000);
}

TEST_CASE("loops and processes never give the same number") {
    std::set<std::int64_t> seen;
    int made = 0;
    for (std::int64_t writer : {1, 2, 255})
        for (std::size_t loop : {0U, 1U, 63U}) {
            UsageIds ids(writer, loop);
            for (int i = 0; i < 300; ++i, ++made) seen.insert(ids.next(moment));
        }
    CHECK(seen.size() == static_cast<std::size_t>(made));
}

}  // namespace
}  // namespace aihub::serve
