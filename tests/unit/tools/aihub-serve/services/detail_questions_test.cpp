#include "tools/aihub-serve/services/detail_questions.hpp"

#include <catch2/catch.hpp>

namespace aihub::serve {
namespace {

const std::string digest(64, 'a');
const std::string other_digest(64, 'b');

ListedModel listed(const std::string& id, ListSource source, const std::string& identity = {}) {
    ListedModel model{id, 0, "o", {}};
    model.source = source;
    model.identity = identity;
    return model;
}

ModelDetails with_context(std::uint64_t length) {
    ModelDetails details;
    details.statement.context_length = length;
    return details;
}

// One server, "s", with a memory of answers.
class Asking {
public:
    void lists(std::vector<ListedModel> models, const std::string& server = "s") {
        questions.wonder(server, {}, "http://a", models);
    }
    // The models that are asked about, in order.
    std::vector<std::string> asked() {
        std::vector<std::string> models;
        while (std::optional<DetailQuestion> question = questions.next()) {
            models.push_back(question->model);
            open.push_back(*question);
        }
        return models;
    }
    void answer(std::size_t number, std::uint64_t context) {
        questions.take({open.at(number).key, {{open.at(number).key, with_context(context)}}});
    }
    void fail(std::size_t number) { questions.take({open.at(number).key, {}}); }
    std::optional<std::uint64_t> known(ListedModel model, const std::string& server = "s") const {
        std::vector<ListedModel> models = {std::move(model)};
        questions.add_known(server, models);
        return models.front().statement.context_length;
    }

    DetailQuestions questions;
    std::vector<DetailQuestion> open;
};

using Names = std::vector<std::string>;

TEST_CASE("Ollama is asked once for a digest, whatever names and servers it has") {
    Asking asking;
    asking.lists({listed("a", ListSource::ollama, digest), listed("copy", ListSource::ollama, digest)});
    asking.lists({listed("b", ListSource::ollama, digest)}, "other");
    CHECK(asking.asked() == Names{"a"});
    asking.answer(0, 100);
    asking.lists({listed("c", ListSource::ollama, digest), listed("d", ListSource::ollama, other_digest)});
    CHECK(asking.asked() == Names{"d"});
    CHECK(asking.known(listed("x", ListSource::ollama, digest), "any") == 100U);
    CHECK_FALSE(asking.known(listed("d", ListSource::ollama, other_digest)).has_value());
}

TEST_CASE("no more than four questions are under way") {
    Asking asking;
    std::vector<ListedModel> models;
    for (char letter : {'a', 'b', 'c', 'd', 'e', 'f'})
        models.push_back(listed(std::string(1, letter), ListSource::ollama, std::string(64, letter)));
    asking.lists(models);
    CHECK(asking.asked() == Names{"a", "b", "c", "d"});
    CHECK(asking.asked().empty());
    asking.answer(2, 1);
    CHECK(asking.asked() == Names{"e"});
    asking.fail(0);
    asking.fail(1);
    CHECK(asking.asked() == Names{"f"});
}

TEST_CASE("a question that nobody answered is put again with the next list") {
    Asking asking;
    asking.lists({listed("a", ListSource::ollama, digest)});
    CHECK(asking.asked() == Names{"a"});
    asking.fail(0);
    CHECK(asking.asked().empty());
    asking.lists({listed("a", ListSource::ollama, digest)});
    CHECK(asking.asked() == Names{"a"});
}

TEST_CASE("servers that do not show what they are, and models without a digest, are not asked") {
    Asking asking;
    asking.lists({listed("a", ListSource::other, "x"), listed("b", ListSource::ollama)});
    CHECK(asking.asked().empty());
}

TEST_CASE("llama.cpp is asked again when it was away or runs another model") {
    Asking asking;
    ListedModel model = listed("m", ListSource::llama_cpp, "{\"size\":1}");
    asking.lists({model});
    CHECK(asking.asked() == Names{"m"});
    asking.answer(0, 10);
    asking.lists({model});
    CHECK(asking.asked().empty());
    CHECK(asking.known(model) == 10U);
    CHECK_FALSE(asking.known(model, "s2").has_value());
    asking.lists({listed("m", ListSource::llama_cpp, "{\"size\":2}")});
    CHECK(asking.asked() == Names{"m"});
    asking.answer(1, 20);
    asking.questions.forget("s");
    CHECK_FALSE(asking.known(model).has_value());
    asking.lists({model});
    CHECK(asking.asked() == Names{"m"});
}

TEST_CASE("a llama.cpp with several models is not asked, since its answer is about one") {
    Asking asking;
    asking.lists({listed("m", ListSource::llama_cpp, "{}"), listed("n", ListSource::llama_cpp, "{}")});
    CHECK(asking.asked().empty());
}

TEST_CASE("LM Studio is asked once with each list, for all of its models") {
    Asking asking;
    std::vector<ListedModel> models = {listed("m", ListSource::lm_studio),
                                       listed("n", ListSource::lm_studio)};
    asking.lists(models);
    CHECK(asking.asked() == Names{"m"});
    asking.lists(models);
    CHECK(asking.asked().empty());
    asking.questions.take({asking.open[0].key, {{asking.open[0].key + "n\n", with_context(5)}}});
    CHECK(asking.known(models[1]) == 5U);
    asking.lists(models);
    CHECK(asking.asked() == Names{"m"});
}

TEST_CASE("what no listed model needs is forgotten") {
    Asking asking;
    ListedModel kept = listed("a", ListSource::ollama, digest);
    ListedModel gone = listed("b", ListSource::ollama, other_digest);
    asking.lists({kept, gone});
    CHECK(asking.asked().size() == 2);
    asking.answer(0, 1);
    asking.answer(1, 2);
    FindingsByUrl findings;
    findings["s"].models = {kept};
    asking.questions.keep_only(findings);
    CHECK(asking.known(kept) == 1U);
    CHECK_FALSE(asking.known(gone).has_value());
}

}  // namespace
}  // namespace aihub::serve
