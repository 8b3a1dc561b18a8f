#include "tools/aihub-logwatch/store.hpp"

#include <chrono>
#include <filesystem>

namespace aihub::logwatch {
namespace {

// Longer than any other writer takes: a cron job shall not fail because of one.
constexpr std::chrono::seconds patience{20};

// --db and what stands for it go before the setting that only monitoring has.
Result<db::Database> open(const cli::Tool& tool, db::OpenMode mode) {
    Result<config::Configuration> configuration = tool.configuration();
    if (!configuration) return configuration.error();
    const config::Settings& settings = configuration->settings;
    bool apart = !settings.is_default("monitoring_db_path") && settings.is_default("db");
    return db::Database::open(settings.text(apart ? "monitoring_db_path" : "db"), mode);
}

}  // namespace

Result<db::Database> open_for_writing(const cli::Tool& tool) {
    Result<db::Database> opened = open(tool, db::OpenMode::read_write);
    if (opened) opened->wait_at_most(patience);
    return opened;
}

Result<db::Database> open_for_reading(const cli::Tool& tool) {
    Result<db::Database> opened = open(tool, db::OpenMode::read_only);
    if (opened || opened.error().code != ErrorCode::not_found) return opened;
    return Error(ErrorCode::not_found, "nothing was read into the database yet",
                 "read a log with: aihub-logwatch ingest FILE");
}

std::string absolute_path(const std::string& file) {
    return std::filesystem::absolute(file).lexically_normal();
}

}  // namespace aihub::logwatch
