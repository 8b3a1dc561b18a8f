// The one main() of the unit tests: compiling Catch's is slow, so it happens once.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "shared/crypto/hash.hpp"

int main(int argc, char** argv) {
    aihub::crypto::initialise();
    return Catch::Session().run(argc, argv);
}
