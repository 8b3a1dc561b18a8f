// Another program's SQLite file, read and never written: what people bring their keys from. Every value is
// text here, because each program has its own idea of types. Blocking; one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shared/base/result.hpp"

struct sqlite3;

namespace aihub::db {

struct ForeignTable {
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;  // nothing: NULL
};

class ForeignStore {
public:
    // not_found when there is no such file; corrupt when it is no database.
    static Result<ForeignStore> open(const std::string& path);

    ForeignStore(ForeignStore&& other) noexcept;
    ForeignStore& operator=(ForeignStore&& other) noexcept;
    ~ForeignStore();

    // By name; those of SQLite itself are not among them.
    Result<std::vector<std::string>> tables();
    // All of it, in the order of its rows. not_found when there is no table of that name.
    Result<ForeignTable> read(const std::string& table);
    // True when the file is an aihub's.
    Result<bool> is_ours();

private:
    explicit ForeignStore(sqlite3* handle) : handle_(handle) {}
    sqlite3* handle_ = nullptr;
};

}  // namespace aihub::db
