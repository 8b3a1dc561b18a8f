#include "shared/cli/tool.hpp"

#include <stdio.h>
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/base/strings.hpp"
#include "shared/cli/exit_code.hpp"

namespace aihub::cli {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using Words = std::vector<std::string>;

// stdout or stderr in memory.
class Sink {
public:
    Sink() : stream_(::open_memstream(&text_, &size_)) {}
    ~Sink() {
        std::fclose(stream_);
        std::free(text_);
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    std::FILE* stream() { return stream_; }
    std::string text() {
        std::fflush(stream_);
        return std::string(text_, size_);
    }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* stream_;
};

struct Answer {
    int exit;
    std::string out;
    std::string error;
};

// A tool with two commands, as a real one would describe them.
struct Fixture {
    Tool tool{"demo", "a tool to try things with"};
    std::string user;
    std::optional<std::string> key_name;
    std::optional<std::string> expires;
    std::vector<std::string> tags;
    std::vector<std::string> pair;
    std::vector<std::string> files;
    bool yes = false;
    Error failure{ErrorCode::not_found, "no token \"ci\"", "list them"};

    Fixture() {
        tool.use_settings({"listen", "auth", "insecure", "log_format"});
        tool.command("add", "make a key")
            .positional("USER", user, "whose")
            .positional("NAME", key_name, "its name")
            .option("--expires", "TIME", expires, "when it ends")
            .option("--tag", "WORD", tags, "any word")
            .flag("-y,--yes", yes, "do not ask")
            .example("demo add bob", "a key for bob")
            .run([this](Output& out) { return out.line("added " + user), Result<void>(); });
        tool.command("list", "show keys").prints_table().run([](Output& out) {
            Table table{"demo.keys/1", "keys", {{"id", "ID"}, {"user", "User"}}};
            table.rows = {{Cell::number(1), "böb"}, {Cell::number(22), "al\tice"}};
            return out.print(table), Result<void>();
        });
        tool.command("fail", "fail").run([this](Output&) -> Result<void> { return failure; });
        tool.command("no", "say no").run([](Output& out) { return out.answer_negative(), Result<void>(); });
        tool.command("cat", "many").positionals("FILE", files, "files", 2).run([](Output&) {
            return Result<void>();
        });
        tool.command("box", "boxes");
        tool.command("box add", "put something in")
            .positional("THING", user, "what")
            .flag("--fragile", yes, "with care")
            .run([this](Output& out) { return out.line("boxed " + user), Result<void>(); });
        tool.command("box list", "show what is in them").run([](Output& out) {
            return out.line("boxes"), Result<void>();
        });
        tool.root().values("-g", "USER [NAME]", pair, 1, 2, "make a key");
        tool.root().run(
            [this](Output& out) { return out.line("root " + std::to_string(pair.size())), Result<void>(); });
    }

    Answer run(const Words& words) {
        Sink out, error;
        int exit = tool.run(words, out.stream(), error.stream());
        return {exit, out.text(), error.text()};
    }
};

TEST_CASE("arguments reach their targets, in any order") {
    Fixture fixture;
    Answer answer = fixture.run(
        {"--db", "x.db", "add", "--expires=30d", "bob", "-y", "laptop", "--tag", "a", "--tag", "b"});
    CHECK(answer.exit == 0);
    CHECK(answer.out == "added bob\n");
    CHECK(answer.error.empty());
    CHECK(fixture.key_name == "laptop");
    CHECK(fixture.expires == "30d");
    CHECK(fixture.tags == Words{"a", "b"});
    CHECK(fixture.yes);
    CHECK(fixture.tool.flags().at("--db") == "x.db");
}

TEST_CASE("what is not given is left alone") {
    Fixture fixture;
    fixture.run({"add", "bob"});
    CHECK_FALSE(fixture.key_name);
    CHECK_FALSE(fixture.expires);
    CHECK_FALSE(fixture.yes);
    CHECK(fixture.tool.flags().empty());
}

TEST_CASE("values may look odd: empty, a lone dash, in brackets, or named like a command") {
    Fixture fixture;
    CHECK(fixture.run({"add", "list", "--expires", ""}).exit == 0);
    CHECK(fixture.user == "list");
    CHECK(fixture.expires == "");
    CHECK(fixture.run({"add", "-", "--expires", "[a,b]"}).exit == 0);
    CHECK(fixture.user == "-");
    CHECK(fixture.expires == "[a,b]");
    CHECK(fixture.run({"add", "--", "-x"}).exit == 0);
    CHECK(fixture.user == "-x");
}

TEST_CASE("a command may have two words") {
    Fixture fixture;
    CHECK(fixture.run({"box", "add", "list", "--fragile", "--db", "x.db"}).out == "boxed list\n");
    CHECK(fixture.yes);
    CHECK(fixture.tool.flags().at("--db") == "x.db");
    CHECK(fixture.run({"--db", "y.db", "box", "list"}).out == "boxes\n");
    CHECK(fixture.run({"list", "box"}).exit == 2);
    CHECK(fixture.run({"box", "list", "add"}).exit == 2);
}

TEST_CASE("help on a group of commands shows them, and the help of the tool shows the group only") {
    Fixture fixture;
    std::string of_group = fixture.run({"box", "--help"}).out;
    CHECK_THAT(of_group, StartsWith("demo box: boxes\n\nusage: demo box [OPTION…] COMMAND\n"));
    CHECK_THAT(of_group, Contains("\n  box add ") && Contains("\n  box list ") && !Contains("\n  list "));
    CHECK(Fixture().run({"help", "box"}).out == of_group);
    CHECK(Fixture().run({"help", "box", "add"}).out == Fixture().run({"box", "add", "--help"}).out);
    std::string of_tool = Fixture().run({"--help"}).out;
    CHECK_THAT(of_tool, Contains("\n  box ") && !Contains("\n  box add"));
}

TEST_CASE("settings become flags by their rows") {
    Fixture fixture;
    fixture.run({"add", "bob", "--listen", "127.0.0.1:1", "--listen", "[::1]:2", "--auth", "off",
                 "--insecure", "--config", "c.json", "--env-file", "e"});
    CHECK(fixture.tool.flags() == config::Flags{{"--listen", "127.0.0.1:1,[::1]:2"},
                                                {"--auth", "off"},
                                                {"--insecure", "on"},
                                                {"--config", "c.json"},
                                                {"--env-file", "e"}});
    CHECK(fixture.run({"add", "bob", "--log-format", "xml"}).error ==
          "demo: --log-format: unknown value \"xml\"; give one of text, json\n");
}

TEST_CASE("each wrong command line gets one sentence that says what to do, and exit code 2") {
    struct Case {
        Words words;
        std::string sentence;
    };
    const Case cases[] = {
        {{"lits"}, "demo: unknown command \"lits\"; did you mean list?\n"},
        {{"frobnicate"}, "demo: unknown command \"frobnicate\"; see: demo --help\n"},
        {{"add"}, "demo: USER is missing; see: demo add --help\n"},
        {{"add", "a", "b", "c"}, "demo: unexpected argument \"c\"; see: demo add --help\n"},
        {{"add", "a", "--expirs", "3"}, "demo: unknown option \"--expirs\"; did you mean --expires?\n"},
        {{"add", "a", "--exp", "3"}, "demo: unknown option \"--exp\"; did you mean --expires?\n"},
        {{"add", "a", "--expires"}, "demo: --expires wants a value: TIME; see: demo add --help\n"},
        {{"add", "a", "--expires", "1", "--expires", "2"},
         "demo: --expires is given more than once; give it once\n"},
        {{"list", "--format", "xml"},
         "demo: --format: unknown value \"xml\"; give one of table, tsv, csv, json, ndjson\n"},
        {{"-g"}, "demo: -g wants a value: USER [NAME]; see: demo --help\n"},
        {{"completion", "zsh"}, "demo: SHELL: unknown value \"zsh\"; give one of bash\n"},
        {{"box"}, "demo: no command is given after box; see: demo box --help\n"},
        {{"box", "ad", "x"}, "demo: unknown command \"box ad\"; did you mean box add?\n"},
        {{"box", "frobnicate"}, "demo: unknown command \"box frobnicate\"; see: demo box --help\n"},
        {{"box", "add"}, "demo: THING is missing; see: demo box add --help\n"},
        {{"box", "add", "x", "--fragil"}, "demo: unknown option \"--fragil\"; did you mean --fragile?\n"},
        {{"help", "box", "ad"}, "demo: no help on \"box ad\"; did you mean box add?\n"},
        {{"help", "lits"}, "demo: no help on \"lits\"; did you mean list?\n"},
        {{"\x1b[31m"}, "demo: unknown command \"\\x1b[31m\"; see: demo --help\n"},
    };
    for (const Case& each : cases) {
        INFO(each.sentence);
        Fixture fixture;
        Answer answer = fixture.run(each.words);
        CHECK(answer.exit == 2);
        CHECK(answer.error == each.sentence);
        CHECK(answer.out.empty());
    }
}

TEST_CASE("a flag takes no value") {
    Fixture fixture;
    CHECK(fixture.run({"add", "a", "--yes=false"}).exit == 2);
    CHECK_FALSE(fixture.yes);
}

TEST_CASE("an option of the root takes one or two values") {
    Fixture fixture;
    CHECK(fixture.run({"-g", "bob"}).out == "root 1\n");
    CHECK(fixture.run({"-g", "bob", "ci"}).out == "root 2\n");
    CHECK(fixture.run({"-g", "bob", "ci", "more"}).exit == 2);
    CHECK_THAT(fixture.run({"-g", "bob", "list"}).error, Contains("-g does not go with the command list"));
}

TEST_CASE("a positional argument that wants several says so") {
    Fixture fixture;
    CHECK(fixture.run({"cat", "a", "b", "c"}).exit == 0);
    CHECK(fixture.files == Words{"a", "b", "c"});
    CHECK(fixture.run({"cat", "a"}).exit == 2);
}

TEST_CASE("a tool without an action of its own wants a command") {
    Tool tool("bare", "nothing");
    Sink out, error;
    CHECK(tool.run({}, out.stream(), error.stream()) == 2);
    CHECK(error.text() == "bare: no command is given; see: bare --help\n");
}

TEST_CASE("each kind of failure has its exit code and its name in JSON") {
    const std::vector<std::tuple<ErrorCode, int, std::string>> kinds = {
        {ErrorCode::invalid_input, 2, "invalid_input"},
        {ErrorCode::not_found, 3, "not_found"},
        {ErrorCode::unauthorized, 4, "unauthorized"},
        {ErrorCode::conflict, 7, "conflict"},
        {ErrorCode::busy, 7, "busy"},
        {ErrorCode::unavailable, 5, "unavailable"},
        {ErrorCode::corrupt, 6, "corrupt"},
        {ErrorCode::no_terminal, 8, "no_terminal"},
        {ErrorCode::io, 1, "io"}};
    for (const auto& [code, exit, name] : kinds) {
        Fixture fixture;
        fixture.failure = Error(code, "it \"broke\"", "mend it");
        Answer plain = fixture.run({"fail"});
        CHECK(plain.exit == exit);
        CHECK(plain.error == "demo: it \"broke\"; mend it\n");
        Answer json = fixture.run({"fail", "--json"});
        CHECK(json.exit == exit);
        CHECK(json.out.empty());
        CHECK(nlohmann::json::parse(json.error) ==
              nlohmann::json{
                  {"error",
                   {{"code", name}, {"exit", exit}, {"message", "it \"broke\""}, {"hint", "mend it"}}}});
    }
}

TEST_CASE("a wrong command line is reported as JSON too when JSON was asked for") {
    Fixture fixture;
    Answer answer = fixture.run({"--json", "lits"});
    CHECK(nlohmann::json::parse(answer.error)["error"]["hint"] == "did you mean list?");
    CHECK(answer.exit == 2);
}

TEST_CASE("a negative answer is exit code 1 without a word") {
    Fixture fixture;
    Answer answer = fixture.run({"no"});
    CHECK(answer.exit == 1);
    CHECK(answer.error.empty());
}

TEST_CASE("a full disk below stdout is an error") {
    std::FILE* full = std::fopen("/dev/full", "w");
    REQUIRE(full != nullptr);
    Fixture fixture;
    Sink error;
    CHECK(fixture.tool.run({"list"}, full, error.stream()) == 1);
    CHECK_THAT(error.text(), StartsWith("demo: cannot write to stdout: "));
    std::fclose(full);
}

TEST_CASE("a table leaves as TSV off a terminal, or as what was asked for") {
    Fixture fixture;
    CHECK(fixture.run({"list"}).out == "id\tuser\n1\tböb\n22\tal\\x09ice\n");
    CHECK(Fixture().run({"list", "--no-header"}).out == "1\tböb\n22\tal\\x09ice\n");
    CHECK(Fixture().run({"list", "-q"}).out == "1\n22\n");
    CHECK(Fixture().run({"list", "--format", "table"}).out == "ID  User\n1   böb\n22  al\\x09ice\n");
    CHECK(Fixture().run({"list", "--json"}).out ==
          "{\"schema\":\"demo.keys/"
          "1\",\"keys\":[{\"id\":1,\"user\":\"böb\"},{\"id\":22,\"user\":\"al\\u0009ice\"}]}\n");
    CHECK(Fixture().run({"list", "--ndjson"}).out ==
          "{\"schema\":\"demo.keys/1\",\"id\":1,\"user\":\"böb\"}\n"
          "{\"schema\":\"demo.keys/1\",\"id\":22,\"user\":\"al\\u0009ice\"}\n");
}

TEST_CASE("help names every command, option, setting and exit code") {
    Fixture fixture;
    std::string help = fixture.run({"--help"}).out;
    for (const char* word :
         {"add ", "list ", "config ", "completion ", "help ", "-g USER [NAME]", "--config FILE", "--db FILE",
          "--listen ADDR:PORT", "--auth on|off", "--json", "exit codes:"})
        CHECK_THAT(help, Contains(word));
    for (const ExitCode& code : exit_codes())
        CHECK_THAT(help, Contains("\n  " + std::to_string(code.number) + "   " +
                                  std::string(code.meaning.substr(0, 20))));
    std::string of_add = fixture.run({"add", "--help"}).out;
    for (const char* word :
         {"usage: demo add [OPTION…] USER [NAME]", "--expires TIME", "-y, --yes", "demo add bob"})
        CHECK_THAT(of_add, Contains(word));
    CHECK(Fixture().run({"help", "add"}).out == of_add);
}

TEST_CASE("no line of help is wider than a terminal, and the short help fits on one") {
    for (const char* flag : {"--help", "-h"}) {
        Tool tool("demo", "everything");
        tool.use_all_settings();
        Sink out, error;
        REQUIRE(tool.run({flag}, out.stream(), error.stream()) == 0);
        std::string text = out.text();
        std::vector<std::string_view> lines = split(text, '\n');
        for (std::string_view line : lines) CHECK(line.size() <= 84);  // bytes: an ellipsis has three
        if (std::string(flag) == "-h") CHECK(lines.size() <= 24);
    }
}

TEST_CASE("the version is one line, or JSON with what the tool adds") {
    CHECK(Fixture().run({"--version"}).out == "demo " + std::string(program_version()) + "\n");
    nlohmann::json version = nlohmann::json::parse(Fixture().run({"--version", "--json"}).out);
    CHECK(version["name"] == "demo");
    CHECK(version["version"] == std::string(program_version()));
    Sink out, error;
    Tool tool("demo", "x");
    tool.version_fact("sqlite", "3.40.1");
    tool.run({"--version", "--json"}, out.stream(), error.stream());
    CHECK(nlohmann::json::parse(out.text())["sqlite"] == "3.40.1");
}

TEST_CASE("the completion for bash knows commands, options and words, and bash takes it") {
    Fixture fixture;
    std::string script = fixture.run({"completion", "bash"}).out;
    CHECK(script == fixture.tool.completion_bash());
    auto complete = [&](const std::string& words, const std::string& index) {
        std::FILE* program = std::tmpfile();
        std::fputs((script + "\nCOMP_WORDS=(" + words + "); COMP_CWORD=" + index +
                    "; _demo; echo \"${COMPREPLY[*]}\"\n")
                       .c_str(),
                   program);
        std::rewind(program);
        std::FILE* pipe = ::popen(("bash < /proc/self/fd/" + std::to_string(fileno(program))).c_str(), "r");
        char line[512] = {};
        bool read = std::fgets(line, sizeof line, pipe) != nullptr;
        ::pclose(pipe);
        std::fclose(program);
        return read ? std::string(line) : "";
    };
    CHECK(complete("demo l", "1") == "list\n");
    CHECK(complete("demo add --e", "2") == "--expires --env-file\n");
    CHECK(complete("demo list --format t", "3") == "table tsv\n");
    CHECK(complete("demo --auth o", "2") == "on off\n");
    CHECK(complete("demo completion b", "2") == "bash\n");
    CHECK(complete("demo bo", "1") == "box\n");
    CHECK(complete("demo box ''", "2") ==
          "add list --config --env-file --json --version -h --help --db --listen "
          "--auth --insecure --log-format\n");
    CHECK(complete("demo box add --f", "3") == "--fragile\n");
    CHECK(complete("demo add box --fr", "3") == "\n");
}

}  // namespace
}  // namespace aihub::cli
