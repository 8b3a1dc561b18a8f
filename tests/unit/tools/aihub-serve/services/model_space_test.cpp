#include "tools/aihub-serve/services/model_space.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/tools/aihub-serve/services/servers.hpp"

namespace aihub::serve {
namespace {

using config::ServiceKind;

// Two LM Studios and an Ollama: "qwen" is everywhere, "llama3" on two under different names.
class Space : public Servers {
public:
    Space() {
        service("lmstudio", ServiceKind::openai, {"http://a", "http://b"});
        service("ollama", ServiceKind::ollama, {"http://c"});
        lists("lmstudio", "http://a", {"qwen", "llama3", "org/phi"});
        lists("lmstudio", "http://b", {"qwen"});
        lists("ollama", "http://c", {"qwen:latest", "llama3:latest", "gemma3:4b"});
    }

    // "name only reason" of what is meant, or "".
    std::string resolved(const std::string& name) {
        if (!catalogue_) catalogue_ = catalogue();
        Resolved found = catalogue_->resolve(name);
        if (!found.entry) return "";
        return found.entry->name + "," + (found.only ? found.only->config.name : "") + "," + found.reason;
    }

private:
    std::unique_ptr<Catalogue> catalogue_;
};

std::vector<std::string> placed(const ModelEntry& entry) {
    std::vector<std::string> places;
    for (const Placement& placement : entry.placements)
        places.push_back(placement.upstream->configured_url + " " + placement.id);
    return places;
}

TEST_CASE("a model on several servers is one entry, which knows how each calls it") {
    Space space;
    std::unique_ptr<Catalogue> catalogue = space.catalogue();
    REQUIRE(catalogue->entries().size() == 4);
    CHECK(catalogue->entries()[0]->name == "qwen");
    CHECK(placed(*catalogue->entries()[0]) ==
          std::vector<std::string>{"http://a qwen", "http://b qwen", "http://c qwen:latest"});
    CHECK(placed(*catalogue->entries()[1]) ==
          std::vector<std::string>{"http://a llama3", "http://c llama3:latest"});
}

TEST_CASE("a server that lists a model with and without its tag has it once") {
    Servers servers;
    servers.service("ollama", ServiceKind::ollama, {"http://a"});
    servers.lists("ollama", "http://a", {"m", "other", "m:latest"});
    CHECK(placed(*servers.catalogue()->entries()[0]) == std::vector<std::string>{"http://a m"});
}

TEST_CASE("a name is a model's, with or without its tag") {
    Space space;
    CHECK(space.resolved("qwen") == "qwen,,");
    CHECK(space.resolved("qwen:latest") == "qwen,,");
    CHECK(space.resolved("gemma3:4b") == "gemma3:4b,,");
    CHECK(space.resolved("gemma3").empty());
    CHECK(space.resolved("QWEN").empty());
    CHECK(space.resolved("").empty());
    CHECK(space.resolved(":latest").empty());
}

TEST_CASE("service/name is the model on that service only") {
    Space space;
    CHECK(space.resolved("ollama/qwen") == "qwen,ollama,");
    CHECK(space.resolved("lmstudio/llama3:latest") == "llama3,lmstudio,");
    CHECK(space.resolved("lmstudio/org/phi") == "org/phi,lmstudio,");
    CHECK(space.resolved("ollama/org/phi").empty());
    CHECK(space.resolved("nobody/qwen").empty());
    CHECK(space.resolved("ollama/").empty());
    CHECK(space.resolved("/qwen").empty());
    CHECK(space.resolved("ollama/ollama/qwen").empty());
}

TEST_CASE("a model whose own name looks like service/name is found by that name first") {
    Space space;
    space.lists("lmstudio", "http://a", {"ollama/qwen"});
    CHECK(space.resolved("ollama/qwen") == "ollama/qwen,,");
    CHECK(space.resolved("lmstudio/ollama/qwen") == "ollama/qwen,lmstudio,");
}

TEST_CASE("an alias means the first of its targets that is there, and says so") {
    Space space;
    space.alias("fast", {"gone", "ollama/qwen", "llama3"});
    space.alias("best", {"nothing", "fast"});
    space.alias("lost", {"gone", "nobody/qwen"});
    space.alias("qwen", {"llama3"});
    CHECK(space.resolved("fast") == "qwen,ollama,alias fast");
    CHECK(space.resolved("best") == "qwen,ollama,alias best");
    CHECK(space.resolved("best:latest") == "qwen,ollama,alias best");
    CHECK(space.resolved("ollama/best").empty());
    CHECK(space.resolved("lost").empty());
    CHECK(space.resolved("qwen") == "qwen,,");  // a model's name is not taken from it
}

TEST_CASE("aliases that lead in a circle end, even if nobody has refused them") {
    Space space;
    space.alias("a", {"b"});
    space.alias("b", {"a"});
    CHECK(space.resolved("a").empty());
}

TEST_CASE("a model that nobody lists any more is stood in for by the first of its fallbacks that is there") {
    Space space;
    config::ModelConfig gone;
    gone.name = "gone:latest";
    gone.fallbacks = {"also-gone", "gemma3:4b", "qwen"};
    space.configuration.models.push_back(gone);
    CHECK(space.resolved("gone") == "gemma3:4b,,stands in for gone");
    CHECK(space.resolved("also-gone").empty());
}

TEST_CASE("models that can do a thing come in the order of services and lists, loaded ones first") {
    Servers servers;
    servers.service("s", ServiceKind::openai, {"http://a"});
    servers.lists("s", "http://a", {"nomic-embed", "llava", "llama3", "whisper", "kokoro", "qwen2.5-omni"});
    auto able = [&](Ability ability) -> std::string {
        std::unique_ptr<Catalogue> catalogue = servers.catalogue();
        const ModelEntry* entry = catalogue->able(ability);
        return entry ? entry->name : "";
    };
    CHECK(able(Ability::text) == "llava");
    CHECK(able(Ability::vision) == "llava");
    CHECK(able(Ability::audio) == "qwen2.5-omni");  // one that answers, not one that writes down
    CHECK(able(Ability::embedding) == "nomic-embed");
    CHECK(able(Ability::speech) == "kokoro");
    ListedModel loaded{"qwen2.5-omni-2", 0, "local", {}};
    loaded.loaded = true;
    servers.list("s", "http://a", loaded);
    CHECK(able(Ability::vision) == "qwen2.5-omni-2");
    CHECK(able(Ability::embedding) == "nomic-embed");
}

TEST_CASE("without a model that can, nobody is able") {
    Space space;
    CHECK(space.catalogue()->able(Ability::speech) == nullptr);
    CHECK(space.catalogue()->able(Ability::embedding) == nullptr);
    CHECK(Servers().catalogue()->able(Ability::text) == nullptr);
}

TEST_CASE("servers for speech and transcription have models for that, whatever they are called") {
    Servers servers;
    servers.service("kokoro", ServiceKind::speech, {"http://a"});
    servers.service("stt", ServiceKind::transcription, {"http://b"}).models = {"large-v3"};
    servers.lists("kokoro", "http://a", {"v1.0"});
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    CHECK(catalogue->resolve("v1.0").entry->capabilities.type == ModelType::tts);
    CHECK(catalogue->resolve("large-v3").entry->capabilities.type == ModelType::audio);
}

TEST_CASE("a model of a service for speech and one for transcription does both, its type is the first's") {
    for (bool speech_first : {true, false}) {
        Servers servers;
        servers.service("first", speech_first ? ServiceKind::speech : ServiceKind::transcription,
                        {"http://a"});
        servers.service("other", speech_first ? ServiceKind::transcription : ServiceKind::speech,
                        {"http://b"});
        servers.lists("first", "http://a", {"m"});
        servers.lists("other", "http://b", {"m"});
        std::unique_ptr<Catalogue> catalogue = servers.catalogue();
        const Capabilities& both = catalogue->resolve("m").entry->capabilities;
        CHECK(both.type == (speech_first ? ModelType::tts : ModelType::audio));
        CHECK(both.abilities == Abilities{Ability::audio, Ability::speech});
    }
}

TEST_CASE("a model that is configured for embeddings calls no tools, unless that is configured, too") {
    Space space;
    config::ModelConfig& qwen = space.model("qwen");
    qwen.type = "embedding";
    CHECK(space.catalogue()->resolve("qwen").entry->capabilities.tools == false);
    qwen.tools = true;
    CHECK(space.catalogue()->resolve("qwen").entry->capabilities.tools == true);
}

TEST_CASE("what the configuration says of a model counts above all") {
    Space space;
    config::ModelConfig& qwen = space.model("qwen:latest");
    qwen.type = "omni";
    qwen.context_length = 1000;
    qwen.tools = false;
    qwen.fallbacks = {"llama3", "gemma3:4b"};
    std::unique_ptr<Catalogue> catalogue = space.catalogue();
    const ModelEntry& entry = *catalogue->resolve("qwen").entry;
    CHECK(entry.capabilities.type == ModelType::omni);
    CHECK(entry.capabilities.has(Ability::audio));
    CHECK(entry.capabilities.context_length == 1000U);
    CHECK(entry.capabilities.tools == false);
    CHECK(entry.placements.back().capabilities == entry.capabilities);
    CHECK(entry.fallbacks == std::vector<std::string>{"llama3", "gemma3:4b"});
    CHECK(catalogue->resolve("llama3").entry->fallbacks.empty());
}

TEST_CASE("an entry can what any of its servers can, over the shortest context") {
    Servers servers;
    servers.service("s", ServiceKind::openai, {"http://a", "http://b", "http://c"});
    ListedModel here{"m", 0, "local", {}}, there = here, elsewhere = here;
    here.statement.context_length = 8000;
    there.statement.has = {Ability::vision};
    there.statement.context_length = 4000;
    there.statement.tools = true;
    servers.list("s", "http://a", here);
    servers.list("s", "http://b", there);
    servers.list("s", "http://c", elsewhere);
    std::unique_ptr<Catalogue> catalogue = servers.catalogue();
    const ModelEntry& entry = *catalogue->entries().front();
    CHECK(entry.capabilities.type == ModelType::vision);
    CHECK(entry.capabilities.has(Ability::vision));
    CHECK(entry.capabilities.tools == true);
    CHECK(entry.capabilities.context_length == 4000U);
    CHECK_FALSE(entry.placements[0].capabilities.has(Ability::vision));
    CHECK(entry.placements[1].capabilities.has(Ability::vision));
    CHECK_FALSE(entry.placements[2].capabilities.context_length.has_value());
}

TEST_CASE("whose turn it is outlives a catalogue, as long as the model is there") {
    Space space;
    {
        std::unique_ptr<Catalogue> first = space.catalogue();
        *first->resolve("qwen").entry->turn = 7;
        space.lists("ollama", "http://c", {"new"});
        std::unique_ptr<Catalogue> second = space.catalogue();
        CHECK(second->resolve("qwen").entry->turn == first->resolve("qwen").entry->turn);
        CHECK(*second->resolve("ollama/qwen").entry->turn == 7U);
        CHECK(*second->resolve("new").entry->turn == 0U);
    }
    Servers empty;
    empty.survivors = std::move(space.survivors);
    empty.catalogue();
    CHECK(empty.survivors.turns.empty());
}

}  // namespace
}  // namespace aihub::serve
