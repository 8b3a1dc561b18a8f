#include "tools/aihub-serve/streams/pump.hpp"

namespace aihub::serve {
namespace {

using Course = ResumableStream::Course;

class Pump {
public:
    Pump(ResumableStream& stream, net::Wire& reply, Side& side, ReplyDecoder decoder, Dialect dialect)
        : stream_(stream), reply_(reply), side_(side), decoder_(std::move(decoder)), dialect_(dialect) {}

    net::Task<Course> run() {
        for (;;) {
            ReplyDecoder::Step step = read_arrived();
            bool going_on = co_await hand_over();
            if (!going_on || step == ReplyDecoder::Step::malformed) co_return Course::broken;
            if (step == ReplyDecoder::Step::done) co_return finish(Course::complete);
            net::ErrorCode failed = co_await reply_.more(Milliseconds(0));
            if (failed) co_return finish(Course::broken);
        }
    }

private:
    ReplyDecoder::Step read_arrived() {
        std::string_view input = reply_.pending();
        std::size_t arrived = input.size();
        std::string_view payload;
        ReplyDecoder::Step step = ReplyDecoder::Step::need_more;
        while ((step = decoder_.step(input, payload)) == ReplyDecoder::Step::payload) splitter_.feed(payload);
        reply_.consume(arrived - input.size());
        return step;
    }

    // False when the stream was ended meanwhile, or an event is larger than anything that could be kept.
    net::Task<bool> hand_over() {
        while (std::optional<SplitEvent> event = splitter_.next()) {
            while (!stream_.has_room() && !side_.is_interrupted()) co_await side_.wait();
            if (side_.is_interrupted()) co_return false;
            if (event->text.size() > stream_.longest_event()) co_return tell_of_size();
            stream_.add(*event);
        }
        if (splitter_.rest().size() > stream_.longest_event()) co_return tell_of_size();
        co_return true;
    }

    bool tell_of_size() {
        std::string error = stream_error(dialect_, "text/event-stream",
                                         "an event is larger than half of resume_buffer; raise that setting, "
                                         "or send the request without X-Aihub-Resume",
                                         true);
        stream_.add({error, error.size() - 1, false});
        return false;
    }

    Course finish(Course course) {
        if (splitter_.rest_says_something()) stream_.add_unfinished(splitter_.rest());
        return course;
    }

    ResumableStream& stream_;
    net::Wire& reply_;
    Side& side_;
    ReplyDecoder decoder_;
    Dialect dialect_;
    EventSplitter splitter_;
};

}  // namespace

net::Task<void> pump_events(std::shared_ptr<ResumableStream> stream, net::WirePtr reply,
                            std::shared_ptr<Side> side, ReplyDecoder decoder, Dialect dialect) {
    Pump pump(*stream, *reply, *side, std::move(decoder), dialect);
    Course course = co_await pump.run();
    stream->end(course);
    reply->close();
}

}  // namespace aihub::serve
