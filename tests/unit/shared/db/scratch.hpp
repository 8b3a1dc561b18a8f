// A folder for one test case, removed with all that is in it, and shorthands for what may not fail in a test.
#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "shared/base/result.hpp"
#include "shared/crypto/hash.hpp"
#include "shared/db/audit.hpp"
#include "shared/db/database.hpp"
#include "shared/db/keys.hpp"

namespace aihub::db {

class Scratch {
public:
    Scratch() {
        crypto::initialise();
        std::string pattern = std::filesystem::temp_directory_path() / "aihub-db-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~Scratch() { std::filesystem::remove_all(folder_); }
    Scratch(const Scratch&) = delete;

    std::string path(const std::string& name = "aihub.db") const { return folder_ + "/" + name; }

private:
    std::string folder_;
};

template <typename T>
T must(Result<T> result) {
    if (!result) FAIL(result.error().message);
    return std::move(*result);
}

inline void must(const Result<void>& result) {
    if (!result) FAIL(result.error().message);
}

inline Database open_database(const std::string& path, OpenMode mode = OpenMode::read_write) {
    return must(Database::open(path, mode));
}

template <typename T>
ErrorCode code_of(const Result<T>& result) {
    REQUIRE_FALSE(result);
    return result.error().code;
}

// A new database for one test case.
struct Store {
    Scratch scratch;
    Database db = open_database(scratch.path());
};

inline const Actor tester{"tester", "cli"};

inline KeyFilter of_user(const std::string& user, bool revoked_too = false) {
    KeyFilter filter;
    filter.user = user;
    filter.revoked_too = revoked_too;
    return filter;
}

inline NewKey wanted_key(std::string user, std::string name = "default") {
    NewKey wanted;
    wanted.user = std::move(user);
    wanted.name = std::move(name);
    return wanted;
}

inline std::string actions(Database& db) {
    std::string all;  // newest first
    for (const AuditEntry& entry : must(list_audit(db))) all += entry.action + " " + entry.target + ";";
    return all;
}

inline MadeKey add_key(Database& db, std::string user, std::string name = "default") {
    return must(make_key(db, wanted_key(std::move(user), std::move(name)), tester));
}

}  // namespace aihub::db
