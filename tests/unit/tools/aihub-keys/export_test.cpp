#include "tools/aihub-keys/export.hpp"

#include <catch2/catch.hpp>

using namespace aihub::keys;

TEST_CASE("what a spreadsheet would run is guarded, and comes back as it was") {
    for (const char* text :
         {"=1+1", "+cmd", "-x", "@SUM(A1)", "\tx", "\rx", "'=1", "''@x", "--1", "-1-2", "=", "-"}) {
        INFO(text);
        CHECK(guarded(text) == "'" + std::string(text));
        CHECK(unguarded(guarded(text)) == text);
    }
}

TEST_CASE("what is harmless is left alone, also by who takes guards away") {
    for (const char* text :
         {"", "bob", "-1.25", "+3", "'", "''", "'quoted'", "a=b", "x@y.org", "2026-01-31"}) {
        INFO(text);
        CHECK(guarded(text) == text);
        CHECK(unguarded(text) == text);
    }
}
