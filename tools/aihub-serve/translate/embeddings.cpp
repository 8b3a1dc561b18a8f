#include "tools/aihub-serve/translate/embeddings.hpp"

#include <algorithm>
#include <deque>
#include <vector>

#include "tools/aihub-serve/translate/embeddings_request.hpp"
#include "tools/aihub-serve/translate/error_sentence.hpp"
#include "tools/aihub-serve/translate/json_text.hpp"
#include "tools/aihub-serve/translate/number_lists.hpp"

namespace aihub::translate {
namespace {

// Two thousand embeddings of four thousand numbers fit.
constexpr std::size_t largest_reply = 256 * 1024 * 1024;

using Count = std::optional<std::uint64_t>;

// What a reply says in any of the APIs. A vector is the text of its numbers, without brackets.
struct Reply {
    struct Vector {
        std::string_view numbers;
        std::uint64_t index = 0;
    };
    std::vector<Vector> vectors;
    std::deque<std::string> decoded;  // vectors that were base64
    Count tokens, total_duration, load_duration;
};

Count count_of(const Json& object, std::string_view name) {
    const Json& value = member(object, name);
    return value.is_number_unsigned() ? Count(value.get<std::uint64_t>()) : std::nullopt;
}

class ReplyReader {
public:
    explicit ReplyReader(CutText cut) : cut_(std::move(cut)) {}

    // False: it is none.
    bool read(Api from) {
        auto parsed = read_json(cut_.text);
        if (!parsed || !parsed->is_object()) return false;
        document_ = std::move(*parsed);
        if (from == Api::embeddings) return read_openai();
        return from == Api::ollama_embed ? read_ollama() : add(member(document_, "embedding"), 0);
    }

    Reply& reply() { return reply_; }

private:
    bool read_openai() {
        const Json& data = member(document_, "data");
        if (!data.is_array()) return false;
        for (std::size_t at = 0; at < data.size(); ++at)
            if (!add(member(data[at], "embedding"), count_of(data[at], "index").value_or(at))) return false;
        std::sort(reply_.vectors.begin(), reply_.vectors.end(),
                  [](const auto& a, const auto& b) { return a.index < b.index; });
        reply_.tokens = count_of(member(document_, "usage"), "prompt_tokens");
        return true;
    }

    bool read_ollama() {
        const Json& all = member(document_, "embeddings");
        if (!all.is_array()) return false;
        for (std::size_t at = 0; at < all.size(); ++at)
            if (!add(all[at], at)) return false;
        reply_.tokens = count_of(document_, "prompt_eval_count");
        reply_.total_duration = count_of(document_, "total_duration");
        reply_.load_duration = count_of(document_, "load_duration");
        return true;
    }

    bool add(const Json& vector, std::uint64_t index) {
        auto numbers = numbers_of(vector);
        if (numbers) reply_.vectors.push_back({*numbers, index});
        return numbers.has_value();
    }

    std::optional<std::string_view> numbers_of(const Json& vector) {
        if (vector.is_array() && vector.empty()) return std::string_view();
        if (!vector.is_string()) return std::nullopt;
        const std::string& text = vector.get_ref<const std::string&>();
        return text.starts_with('#') ? list_at(text.c_str() + 1) : decoded(text);
    }

    std::optional<std::string_view> list_at(const char* number) const {
        std::size_t at = std::strtoul(number, nullptr, 10);
        return at < cut_.lists.size() ? std::optional(cut_.lists[at]) : std::nullopt;
    }

    std::optional<std::string_view> decoded(const std::string& base64) {
        auto numbers = floats_from_base64(base64);
        if (!numbers) return std::nullopt;
        return reply_.decoded.emplace_back(std::move(*numbers));
    }

    CutText cut_;
    Json document_;
    Reply reply_;
};

void append_member(std::string& out, std::string_view name, Count value) {
    if (value) out.append(",\"").append(name).append("\":").append(std::to_string(*value));
}

// False: a number is none that 32 bits can hold.
bool append_vector(std::string& out, std::string_view numbers, bool base64) {
    if (!base64) return out.append("[").append(numbers).append("]"), true;
    auto text = floats_in_base64(numbers);
    if (text) out.append("\"").append(*text).append("\"");
    return text.has_value();
}

bool write_openai(std::string& out, const Reply& reply, const std::string& model, bool base64) {
    out += R"({"object":"list","data":[)";
    for (std::size_t at = 0; at < reply.vectors.size(); ++at) {
        out += at > 0 ? R"(,{"object":"embedding","embedding":)" : R"({"object":"embedding","embedding":)";
        if (!append_vector(out, reply.vectors[at].numbers, base64)) return false;
        out.append(",\"index\":").append(std::to_string(at)).append("}");
    }
    out += R"(],"model":)";
    append_json_string(out, model);
    // The older API of Ollama counts nothing; a client that reads the usage still has to find numbers.
    std::string tokens = std::to_string(reply.tokens.value_or(0));
    out.append(R"(,"usage":{"prompt_tokens":)").append(tokens);
    out.append(R"(,"total_tokens":)").append(tokens).append("}}");
    return true;
}

bool write_ollama(std::string& out, const Reply& reply, const std::string& model) {
    out += R"({"model":)";
    append_json_string(out, model);
    out += R"(,"embeddings":[)";
    for (std::size_t at = 0; at < reply.vectors.size(); ++at)
        out.append(at > 0 ? ",[" : "[").append(reply.vectors[at].numbers).append("]");
    out += "]";
    append_member(out, "total_duration", reply.total_duration);
    append_member(out, "load_duration", reply.load_duration);
    append_member(out, "prompt_eval_count", reply.tokens);
    out += "}";
    return true;
}

bool write_older_ollama(std::string& out, const Reply& reply) {
    if (reply.vectors.size() > 1) return false;
    std::string_view numbers = reply.vectors.empty() ? std::string_view() : reply.vectors.front().numbers;
    out.append(R"({"embedding":[)").append(numbers).append("]}");
    return true;
}

class EmbeddingsTranslation final : public Translation {
public:
    EmbeddingsTranslation(Api from, Api to, std::string request, std::string client_model, bool base64)
        : from_(from),
          to_(to),
          request_(std::move(request)),
          client_model_(std::move(client_model)),
          base64_(base64) {}

    Api server_api() const override { return to_; }
    const std::string& request() const override { return request_; }
    bool streams() const override { return false; }
    std::string_view content_type() const override {
        return is_ollama(from_) ? "application/json; charset=utf-8" : "application/json";
    }

    bool feed(std::string_view piece, std::string&) override {
        makes_sense_ = makes_sense_ && body_.size() + piece.size() <= largest_reply;
        if (makes_sense_) body_.append(piece);
        return makes_sense_;
    }

    Verdict end(std::string& out) override {
        if (!makes_sense_) return Verdict::nonsense;
        ReplyReader reader(cut_number_lists(body_));
        if (!reader.read(to_)) return judge();
        tokens_in_ = reader.reply().tokens;
        std::size_t before = out.size();
        out.reserve(before + body_.size() + 1024);
        if (write(out, reader.reply())) return Verdict::whole;
        out.resize(before);
        return Verdict::nonsense;
    }

    std::string trouble() const override { return trouble_; }
    std::string error_message(int status, std::string_view body) const override {
        return error_sentence(status, body);
    }
    std::optional<std::uint64_t> tokens_in() const override { return tokens_in_; }
    std::optional<std::uint64_t> tokens_out() const override { return std::nullopt; }

private:
    bool write(std::string& out, const Reply& reply) const {
        if (from_ == Api::embeddings) return write_openai(out, reply, client_model_, base64_);
        return from_ == Api::ollama_embed ? write_ollama(out, reply, client_model_)
                                          : write_older_ollama(out, reply);
    }

    // Not a reply: half of one, the server's word that it failed, or something else.
    Verdict judge() {
        auto document = read_json(body_);
        if (!document)
            return document.error().code == ErrorCode::corrupt ? Verdict::broken_off : Verdict::nonsense;
        trouble_ = error_sentence(member(*document, "error"));
        return trouble_.empty() ? Verdict::nonsense : Verdict::broken_off;
    }

    Api from_, to_;
    std::string request_;
    std::string client_model_;
    bool base64_;
    std::string body_;
    std::string trouble_;
    std::optional<std::uint64_t> tokens_in_;
    bool makes_sense_ = true;
};

}  // namespace

bool is_embeddings(Api api) {
    return api == Api::embeddings || api == Api::ollama_embed || api == Api::ollama_embeddings;
}

Result<std::unique_ptr<Translation>> translate_embeddings(Api from, Api to, const Json& request,
                                                          const Circumstances& circumstances) {
    auto read = read_embeddings_request(from, request);
    if (!read) return read.error();
    auto written = write_embeddings_request(to, *read, circumstances);
    if (!written) return written.error();
    return std::unique_ptr<Translation>(std::make_unique<EmbeddingsTranslation>(
        from, to, json_text(*written), circumstances.client_model, read->base64));
}

}  // namespace aihub::translate
