#include "shared/cli/line_dialog.hpp"

#include <catch2/catch.hpp>

namespace aihub::cli {
namespace {

// A dialog whose whole input is known; gives what was printed.
class Talk {
public:
    explicit Talk(const std::string& input, Look look = {}) : in_(std::tmpfile()), out_(std::tmpfile()) {
        std::fputs(input.c_str(), in_);
        std::rewind(in_);
        dialog.emplace(in_, out_, look);
    }
    ~Talk() {
        std::fclose(in_);
        std::fclose(out_);
    }
    Talk(const Talk&) = delete;
    Talk& operator=(const Talk&) = delete;

    std::string printed() {
        std::rewind(out_);
        std::string text;
        for (int c = std::fgetc(out_); c != EOF; c = std::fgetc(out_)) text.push_back(static_cast<char>(c));
        return text;
    }
    std::optional<LineDialog> dialog;

private:
    std::FILE* in_;
    std::FILE* out_;
};

const Choice menu{.question = "What now?", .entries = {{"Begin"}, {"Stop"}}, .numbered = true};

Choice people(std::size_t count) {
    Choice choice{.question = "Who?", .entries = {}, .filters = true};
    for (std::size_t i = 0; i < count; ++i) choice.entries.push_back({"person" + std::to_string(i)});
    return choice;
}

TEST_CASE("an entry is chosen by its number, and anything else is asked again") {
    Talk talk("7\n\nBegin\n2\n");
    CHECK(talk.dialog->choose(menu) == 1);
    CHECK(talk.printed().starts_with("What now?\n1. Begin\n2. Stop\nNumber (1-2): \"7\" is none of them\n"));
}

TEST_CASE("q and the end of the input go back") {
    CHECK_FALSE(Talk("q\n").dialog->choose(menu));
    CHECK_FALSE(Talk("").dialog->choose(menu));
    CHECK_FALSE(Talk("").dialog->ask({"Who?"}));
    CHECK_FALSE(Talk("").dialog->confirm("Sure?"));
}

TEST_CASE("a last line without its end counts") {
    CHECK(Talk("1").dialog->choose(menu) == 0);
    CHECK(Talk("bob").dialog->ask({"Who?"}) == "bob");
}

TEST_CASE("a part of a name makes a long list short, and the numbers are those of the short list") {
    Talk talk("son4\n2\n");
    CHECK(talk.dialog->choose(people(45)) == 40);
    std::string printed = talk.printed();
    CHECK(printed.find("and 25 more") != std::string::npos);
    CHECK(printed.find("1. person4\n2. person40\n") != std::string::npos);
}

TEST_CASE("a number that is not on the list filters, and an empty line goes back") {
    CHECK_FALSE(Talk("21\n\n").dialog->choose(people(45)));
    CHECK(Talk("44\n1\n").dialog->choose(people(45)) == 44);
}

TEST_CASE("an answer is trimmed, and an empty one is the fallback") {
    CHECK(Talk("  bob \r\n").dialog->ask({"Who?"}) == "bob");
    CHECK(Talk("\n").dialog->ask({"Where?", "users.csv"}) == "users.csv");
    CHECK_FALSE(Talk("\n").dialog->ask({"Who?"}));
    Talk talk("x\n");
    CHECK(talk.dialog->ask({"Where?", "users.csv"}) == "x");
    CHECK(talk.printed() == "Where? [users.csv] ");
}

TEST_CASE("only a yes is a yes") {
    CHECK(Talk("y\n").dialog->confirm("Sure?"));
    CHECK(Talk("YES\n").dialog->confirm("Sure?"));
    CHECK_FALSE(Talk("\n").dialog->confirm("Sure?"));
    CHECK_FALSE(Talk("yep\n").dialog->confirm("Sure?"));
}

TEST_CASE("a table is printed whole, and fit for the terminal") {
    Talk talk("", {.utf8 = false});
    Choice choice{
        .question = "Keys", .titles = {"User", "Name"}, .entries = {{"J\xC3\xA9", "ci"}, {"\x1b[2J", "x"}}};
    talk.dialog->browse(choice, {});
    CHECK(talk.printed() == "Keys\nUser  Name\nJ?    ci\n?[2J  x\n");
}

}  // namespace
}  // namespace aihub::cli
