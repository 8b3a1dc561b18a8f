// A request's body on its way to a server: first what was kept of it, then what still comes from the client.
// It can start again for another server for as long as all of it was kept, and be another one there: with
// another model's name in it, with the question for token counts, or a translation.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/aihub-serve/net/request_body.hpp"
#include "tools/aihub-serve/pipeline/body_reader.hpp"
#include "tools/aihub-serve/pipeline/exchange.hpp"
#include "tools/aihub-serve/pipeline/spool.hpp"

namespace aihub::serve {

// The refusal of a body that cannot be had: too large, malformed, or fallen silent.
Problem body_problem(net::BodyStep step);

class OutgoingBody {
public:
    explicit OutgoingBody(Exchange& x) : x_(x), spool_(x.worker.loop, x.worker.offload, limits_) {}

    // What is kept so that the body can be sent again: as much as memory holds, or (at the root, where
    // another server may have to get it) the rest in a file.
    enum class Keep { in_memory, on_disk };

    // `limit` in bytes. Before the first read.
    void open(std::uint64_t limit, Keep keep);
    // Routing is done: from now on as much is kept as another server may need, not as much as routing may.
    void begin_sending() { limits_.total = x_.policy().spool.total; }
    // Nobody else will be tried: stop keeping more than memory holds.
    void keep_in_memory_only() { limits_.folder.clear(); }

    // From now on every byte is looked at, once, for the model that it names and for its sound. At the root,
    // a body that turns out to name two models ends as malformed, wherever that is.
    void read_for_model();
    const BodyReader& reader() const { return *reader_; }
    bool is_read() const { return reader_.has_value(); }

    // Whether it asks for a stream, as far as it has been read.
    bool wants_stream() const { return reader_ && reader_->stream().value_or(false); }

    // Takes one piece from the client and keeps it, ahead of next().
    net::Task<net::BodyStep> prefetch();
    bool prefetched_all() const { return x_.body_is_whole || x_.body.ended(); }
    bool kept_all() const { return x_.body_is_whole || spool_.complete(); }
    bool chunked_or_larger_than_memory() const {
        return !x_.body_is_whole && (chunked() || x_.request.content_length > limits_.memory);
    }

    // Whether it is small enough for its sending to wait until all of it has come.
    bool may_be_held() const;
    // Bytes of the texts in it, as far as it has been read.
    std::uint64_t text_bytes() const;

    // Bytes of it that have come.
    std::uint64_t size_so_far() const { return x_.body_is_whole ? x_.whole_body.size() : came_; }

    // As much of its beginning as memory holds.
    std::string_view beginning() const { return x_.body_is_whole ? x_.whole_body : spool_.in_memory(); }
    // All of it in one text, which is good for as long as the request is. What is kept stays kept.
    net::Task<net::BodyStep> collect(std::string_view& text);

    // What the next server gets instead, until the next rewind(): the same with `model` where the model's
    // name stands; or a document, which must outlive the sending. Before the first byte of a sending.
    void rename_model(std::string_view model);
    // Where the client streams without asking for token counts: the same with that question. False where it
    // does, or where nobody can tell by now.
    bool ask_for_usage();
    // A server did not like that; it is not asked so again.
    void note_refusal(const Upstream& upstream) { refused_by_ = &upstream; }
    bool was_refused_by(const Upstream& upstream) const { return refused_by_ == &upstream; }
    void replace_by(std::string_view document);

    // The next piece to send, good until the next call.
    net::Task<net::BodyStep> next(std::string_view& piece);
    // True when it can be had in three pieces at once.
    bool is_whole() const { return document_ || x_.body_is_whole; }
    std::array<std::string_view, 3> take_whole();

    // Starts again from the first byte, as it came. False when that is no longer possible.
    bool rewind();
    bool chunked() const { return !document_ && x_.request.framing == http::Framing::chunked; }
    // Of what is sent, when that is not what came.
    std::optional<std::uint64_t> changed_length() const;
    // True when every byte has gone through next().
    bool finished() const { return finished_; }

private:
    net::Task<net::BodyStep> take(std::string_view& piece);
    net::Task<net::BodyStep> next_as_it_came(std::string_view& piece);
    void add_edit(Edit edit);
    void apply_edits(std::string_view& piece, std::uint64_t start);
    bool is_edited(std::uint64_t begin, std::uint64_t end) const;

    Exchange& x_;
    SpoolLimits limits_;
    Spool spool_;
    std::optional<BodyReader> reader_;
    std::uint64_t offset_ = 0;  // of the next byte to send
    std::string_view unkept_;   // taken from the client ahead of next(), but lost to the spool
    std::string buffer_;
    std::uint64_t came_ = 0;  // bytes, from the client
    bool finished_ = false;
    std::vector<Edit> edits_;  // by place, none within another
    std::string edited_;
    const Upstream* refused_by_ = nullptr;
    std::optional<std::string_view> document_;
    std::string collected_;
};

}  // namespace aihub::serve
