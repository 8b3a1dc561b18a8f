#include "shared/db/database.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <fstream>

#include "shared/base/files.hpp"
#include "shared/db/migrations.hpp"
#include "shared/db/statement.hpp"
#include "shared/db/transaction.hpp"
#include "shared/db/users.hpp"
#include "tests/unit/shared/db/scratch.hpp"

namespace aihub::db {
namespace {

unsigned mode_of(const std::string& path) {
    struct stat found{};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found.st_mode & 0777;
}

std::int64_t pragma(Database& db, const std::string& name) {
    return must(select_integer(db.handle(), "PRAGMA " + name)).value_or(-1);
}

// A database that aihub did not make, or made in another age.
void write_database(const std::string& path, const char* sql) {
    Database db = open_database(path);
    must(execute_script(db.handle(), sql));
}

Error error_of(const Result<Database>& opened) {
    REQUIRE_FALSE(opened);
    return opened.error();
}

TEST_CASE("a database is made with its folders, for its owner's eyes only") {
    Scratch scratch;
    std::string path = scratch.path("a/b/aihub.db");
    Database db = open_database(path);
    add_key(db, "bob");
    CHECK(mode_of(scratch.path("a")) == 0700);
    CHECK(mode_of(scratch.path("a/b")) == 0700);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + "-wal") == 0600);
    CHECK(mode_of(path + "-shm") == 0600);
    CHECK(mode_of(path + "-lock") == 0600);
}

TEST_CASE("a connection is durable, checks foreign keys and trusts no schema") {
    Scratch scratch;
    Database db = open_database(scratch.path());
    CHECK(pragma(db, "foreign_keys") == 1);
    CHECK(pragma(db, "trusted_schema") == 0);
    CHECK(pragma(db, "synchronous") == 2);
    CHECK(pragma(db, "wal_autocheckpoint") == 0);
    CHECK(pragma(db, "application_id") == application_id);
    CHECK(pragma(db, "user_version") == static_cast<std::int64_t>(migrations().size()));
}

TEST_CASE("every table is strict") {
    Scratch scratch;
    Database db = open_database(scratch.path());
    CHECK(must(select_integer(
              db.handle(),
              "SELECT count(*) FROM pragma_table_list "
              "WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict")) == 0);
    Result<void> text_as_number =
        execute(db.handle(), "INSERT INTO users (name, tier, created_ms) VALUES ('a', 'payg', 'yesterday')");
    CHECK_FALSE(text_as_number);
}

TEST_CASE("another connection's commit changes the data version, one's own does not") {
    Scratch scratch;
    Database reader = open_database(scratch.path());
    Database writer = open_database(scratch.path());
    std::int64_t before = must(reader.data_version());
    CHECK(must(reader.data_version()) == before);
    add_key(reader, "own");
    CHECK(must(reader.data_version()) == before);
    add_key(writer, "other");
    CHECK(must(reader.data_version()) != before);
}

TEST_CASE("a reader finds no database where there is none, and makes none") {
    Scratch scratch;
    CHECK(error_of(Database::open(scratch.path(), OpenMode::read_only)).code == ErrorCode::not_found);
    CHECK_FALSE(std::filesystem::exists(scratch.path()));
    CHECK(error_of(Database::open(scratch.path("no/such/folder.db"), OpenMode::read_only)).code ==
          ErrorCode::not_found);
    std::ofstream(scratch.path()).flush();
    CHECK(error_of(Database::open(scratch.path(), OpenMode::read_only)).code == ErrorCode::not_found);
}

TEST_CASE("a reader cannot write") {
    Scratch scratch;
    {
        Database writer = open_database(scratch.path());
    }
    Database reader = open_database(scratch.path(), OpenMode::read_only);
    Result<MadeKey> made = make_key(reader, wanted_key("bob"), tester);
    REQUIRE_FALSE(made);
    CHECK(made.error().code == ErrorCode::io);
}

TEST_CASE("a file that is no database is refused and left as it is") {
    Scratch scratch;
    std::string text(4096, 'x');
    std::ofstream(scratch.path()) << text;
    for (OpenMode mode : {OpenMode::read_write, OpenMode::read_only}) {
        Error error = error_of(Database::open(scratch.path(), mode));
        CHECK(error.code == ErrorCode::corrupt);
        CHECK(error.message == scratch.path() + " is not a database");
    }
    CHECK(must(read_file(scratch.path())) == text);
}

TEST_CASE("a database of a newer version is refused, by writers and readers") {
    Scratch scratch;
    write_database(scratch.path(), "PRAGMA user_version = 99");
    for (OpenMode mode : {OpenMode::read_write, OpenMode::read_only}) {
        Error error = error_of(Database::open(scratch.path(), mode));
        CHECK(error.code == ErrorCode::invalid_input);
        CHECK(error.message.find("newer aihub") != std::string::npos);
        CHECK(error.hint == "upgrade this program");
    }
}

TEST_CASE("another program's database is refused and not migrated") {
    Scratch scratch;
    write_database(scratch.path(),
                   "PRAGMA application_id = 0; PRAGMA user_version = 0; DROP TABLE keys; "
                   "DROP TABLE users; CREATE TABLE tokens (id INTEGER)");
    Error error = error_of(Database::open(scratch.path(), OpenMode::read_write));
    CHECK(error.code == ErrorCode::invalid_input);
    CHECK(error.message == scratch.path() + " is another program's database");
    write_database(scratch.path("second.db"), "PRAGMA application_id = 4711");
    CHECK(error_of(Database::open(scratch.path("second.db"), OpenMode::read_write)).code ==
          ErrorCode::invalid_input);
}

TEST_CASE("a path that cannot be is an error that names it") {
    Scratch scratch;
    CHECK(error_of(Database::open("", OpenMode::read_write)).code == ErrorCode::invalid_input);
    std::ofstream(scratch.path("file")).flush();
    Error below_a_file = error_of(Database::open(scratch.path("file/aihub.db"), OpenMode::read_write));
    CHECK(below_a_file.code == ErrorCode::io);
    CHECK(below_a_file.message.find(scratch.path("file")) != std::string::npos);
    std::filesystem::create_directory(scratch.path("folder"));
    Error a_folder = error_of(Database::open(scratch.path("folder"), OpenMode::read_write));
    CHECK(a_folder.code == ErrorCode::io);
    CHECK(a_folder.message.find(scratch.path("folder")) != std::string::npos);
}

TEST_CASE("a name that means something to SQLite is only a name") {
    Scratch scratch;
    std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(std::filesystem::path(scratch.path()).parent_path());
    {
        Database memory = open_database(":memory:");
        Database uri = open_database("file:a?mode=memory");
    }
    std::filesystem::current_path(before);
    CHECK(std::filesystem::exists(scratch.path(":memory:")));
    CHECK(std::filesystem::exists(scratch.path("file:a?mode=memory")));
}

TEST_CASE("a transaction that is not committed leaves nothing behind") {
    Scratch scratch;
    Database db = open_database(scratch.path());
    {
        Transaction transaction = must(Transaction::begin(db.handle()));
        must(execute(db.handle(), "INSERT INTO users (name, tier, created_ms) VALUES ('bob', 'payg', 0)"));
    }
    CHECK_FALSE(must(has_user(db, "bob")));
}

TEST_CASE("the write-ahead log is copied into the file once it is large") {
    Scratch scratch;
    Database db = open_database(scratch.path());
    Database other = open_database(scratch.path());  // else closing would checkpoint
    must(execute_script(db.handle(), "CREATE TABLE load (body TEXT) STRICT"));
    auto grow = [&](std::int64_t bytes) {
        Transaction transaction = must(Transaction::begin(db.handle()));
        must(execute(db.handle(), "INSERT INTO load VALUES (hex(zeroblob(?)))", bytes / 2));
        must(transaction.commit());
    };
    auto file_size = [&] { return std::filesystem::file_size(scratch.path()); };
    grow(Transaction::largest_wal / 2);
    CHECK(file_size() < Transaction::largest_wal / 4);
    grow(Transaction::largest_wal);
    CHECK(file_size() > Transaction::largest_wal);
    CHECK(must(select_integer(other.handle(), "SELECT count(*) FROM load")) == 2);
}

TEST_CASE("a log that was copied is small again, so that not every commit after it copies") {
    Scratch scratch;
    Database db = open_database(scratch.path());
    must(execute_script(db.handle(), "CREATE TABLE load (body TEXT) STRICT"));
    {
        Transaction transaction = must(Transaction::begin(db.handle()));
        must(execute(db.handle(), "INSERT INTO load VALUES (hex(zeroblob(?)))",
                     std::int64_t{Transaction::largest_wal}));
        must(transaction.commit());
    }
    REQUIRE(std::filesystem::file_size(scratch.path() + "-wal") > Transaction::largest_wal);
    add_key(db, "bob");
    CHECK(std::filesystem::file_size(scratch.path() + "-wal") <= Transaction::largest_wal);
    auto before = std::filesystem::last_write_time(scratch.path());
    add_key(db, "amy");
    CHECK(std::filesystem::last_write_time(scratch.path()) == before);
}

TEST_CASE("nobody checkpoints while another process writes") {
    Scratch scratch;
    Database db = open_database(scratch.path());
    Database other = open_database(scratch.path());
    must(execute_script(db.handle(), "CREATE TABLE load (body TEXT) STRICT"));
    auto grow = [&] {
        Transaction transaction = must(Transaction::begin(db.handle()));
        must(execute(db.handle(), "INSERT INTO load VALUES (hex(zeroblob(?)))",
                     std::int64_t{Transaction::largest_wal}));
        must(transaction.commit());
    };
    UniqueFd writer(::open((scratch.path() + "-lock").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(writer.get(), LOCK_SH) == 0);  // as a process between BEGIN and COMMIT does
    grow();
    CHECK(std::filesystem::file_size(scratch.path()) < Transaction::largest_wal);
    writer.reset();
    grow();
    CHECK(std::filesystem::file_size(scratch.path()) > Transaction::largest_wal);
}

}  // namespace
}  // namespace aihub::db
