// The configuration, for admins: what counts, and changes to the file that take effect at once.
#include "shared/base/strings.hpp"
#include "shared/config/config_json.hpp"
#include "shared/db/audit.hpp"
#include "tools/aihub-serve/api/account_lookup.hpp"
#include "tools/aihub-serve/api/database_reply.hpp"
#include "tools/aihub-serve/api/endpoints.hpp"
#include "tools/aihub-serve/api/json_object.hpp"
#include "tools/aihub-serve/api/request_parts.hpp"
#include "tools/aihub-serve/jobs/config_editor.hpp"

namespace aihub::serve {
namespace {

constexpr std::uint64_t largest_patch = 64 * 1024;

std::string text_of(const ConfigEditor::Edited& edited) {
    return ObjectWriter()
        .text("status", "updated")
        .text("file", edited.file)
        .json("changed", edited.changes)
        .json("needs_restart", json_list(split_list(edited.needs_restart), json_string))
        .json("overridden", json_list(edited.overridden, json_string))
        .take();
}

}  // namespace

net::Task<Reply> show_config(Exchange& x) {
    co_return json_reply(config::to_json(*x.picture->configuration));
}

net::Task<Reply> change_config(Exchange& x) {
    translate::Json patch;
    std::optional<Problem> problem = co_await read_object(x, patch, largest_patch);
    if (problem) co_return problem_reply(x, *problem);
    if (patch.empty())
        co_return problem_reply(x, {422, "the patch is empty; send the settings that are to change"});
    AccountStore& store = *x.worker.account_store;
    db::Actor actor = actor_of(x);
    auto audit = [&](std::string_view action, const std::string& file, const std::string& detail) {
        auto write = [&](db::Database& db) { return db::add_audit(db, action, file, detail, actor); };
        return store.with_connection(write);
    };
    std::string text = patch.dump();
    std::optional<Result<ConfigEditor::Edited>> edited;
    co_await store.threads().run(x.worker.loop, [&] { edited = x.worker.config_editor->edit(text, audit); });
    co_return *edited ? json_reply(text_of(**edited)) : failure_reply(x, edited->error());
}

}  // namespace aihub::serve
