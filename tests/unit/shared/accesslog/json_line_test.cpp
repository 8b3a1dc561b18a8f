#include <catch2/catch.hpp>

#include "shared/accesslog/line.hpp"

using namespace aihub::accesslog;

namespace {

struct Reader {
    Entry read(std::string_view text) {
        line = text;
        Entry entry;
        std::optional<std::string> wrong = parser.parse(line, entry);
        INFO("line: " << line);
        INFO("refused: " << wrong.value_or(""));
        REQUIRE_FALSE(wrong);
        return entry;
    }
    // A line with one more member.
    Entry with(const std::string& member) { return read(R"({"status":200,)" + member + "}"); }
    std::string refusal(std::string_view text) {
        Entry entry;
        return parser.parse(text, entry).value_or("taken");
    }

    LineParser parser;
    std::string line;
};

}  // namespace

TEST_CASE_METHOD(Reader, "members may stand in any order, as numbers or texts, with blanks between") {
    for (
        std::string_view text :
        {R"({"status":404,"request_time":0.25,"remote_addr":"10.0.0.1","request_uri":"/a"})",
         R"({ "request_uri" : "/a" , "remote_addr": "10.0.0.1",	"request_time": "0.250", "status": "404" })",
         R"({"unknown":[1,{"status":500},"]"],"remote_addr":"10.0.0.1","more":true,"request_uri":"/a","status":404,"request_time":0.25})"}) {
        Entry e = read(text);
        CHECK(e.status == 404);
        CHECK(e.request_time_ms == 250);
        CHECK(e.remote_addr == "10.0.0.1");
        CHECK(e.uri == "/a");
    }
}

TEST_CASE_METHOD(Reader, "lines of changing members are read whichever came before") {
    for (int round = 0; round < 3; ++round) {
        CHECK(read(R"({"status":200,"model":"a","user":"u"})").user == "u");
        Entry e = read(R"({"model":"b","audio_ms":3,"status":201,"user":"v","service":"s"})");
        CHECK(e.model == "b");
        CHECK(e.status == 201);
        CHECK(e.user == "v");
        CHECK(e.service == "s");
        e = read(R"({"status":202,"user":"w"})");
        CHECK(e.status == 202);
        CHECK(e.user == "w");
        CHECK(e.model.empty());
    }
}

TEST_CASE_METHOD(Reader, "more names than any format has are read all the same") {
    std::string many = "{";
    for (int i = 0; i < 1000; ++i) many += "\"name" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    CHECK(read(many + R"("status":503})").status == 503);
    CHECK(read(R"({"status":200,"model":"m"})").model == "m");
    CHECK(read(many + R"("status":503,"model":"n"})").model == "n");
}

TEST_CASE_METHOD(Reader, "names of any length are read") {
    for (std::size_t size : std::initializer_list<std::size_t>{0, 1, 2, 55, 60, 61, 62, 100, 100'000}) {
        INFO(size);
        std::string name(size, 'n');
        CHECK(read("{\"" + name + "\":1,\"status\":503}").status == 503);
        CHECK(read("{\"" + name + "\":2,\"status\":504}").status == 504);
    }
}

TEST_CASE_METHOD(Reader, "the formats that people write for nginx are understood without being told of") {
    Entry e = read(
        R"({ "time_iso8601": "2017-01-22T12:06:14+08:00", "status": "200", "bytes_sent": "700", "http_host": "a.b", "request_time": "0.008", "http_x_forwarded_for": "-", "remote_addr": "10.9.8.7", "upstream_addr": "10.1.1.1:80", "request_method": "GET", "uri": "/index.php", "http_referer": "-",  "http_user_agent": "Mozilla/5.0", "gzip_ratio": "-"   })");
    CHECK(e.time_ms == 1485057974000);
    CHECK(e.bytes_sent == 700);
    CHECK(e.uri == "/index.php");
    CHECK(e.remote_addr == "10.9.8.7");

    e = read(
        R"({"@timestamp":"2017-04-30T14:05:35+00:00","host":"172.20.2.123","size":22293,"responsetime":0.074,"upstreamtime":"0.074","upstreamhost":"127.0.0.1:9000","uri":"/index.php","request_uri":"/a/b?c","request_method":"GET","xff":"198.51.100.4","referer":"-","agent":"some/string","remote_addr":"172.20.2.217","status":"200"})");
    CHECK(e.uri == "/a/b?c");
    CHECK(e.body_bytes_sent == 22293);
    CHECK(e.request_time_ms == 74);
    CHECK(e.upstream_response_time_ms == 74);
    CHECK(e.upstream_addr == "127.0.0.1:9000");
    CHECK(e.forwarded_for == "198.51.100.4");
    CHECK(e.user_agent == "some/string");

    e = read(
        R"({ "timestamp": "2019-05-10T18:34:18+08:00", "@nginx_fields":{"url":"/","clientip": "23.54.19.127", "size": 57081, "responsetime": 0.067, "status": 200, "request": "GET /x?y HTTP/1.1", "request_method": "GET", "referer": "-", "agent": "curl" }})");
    CHECK(e.remote_addr == "23.54.19.127");
    CHECK(e.uri == "/x?y");
    CHECK(e.status == 200);

    e = read(
        R"({"accessIpList":"1.2.3.4","clientIp":"1.2.3.4","timestamp":"2023-03-23T10:00:00+08:00","method":"GET","url":"/u","status":200,"httpReferer":"-","bodyBytesSent":10,"requestTime":"0.001","userAgent":"curl"})");
    CHECK(e.remote_addr == "1.2.3.4");
    CHECK(e.body_bytes_sent == 10);
    CHECK(e.request_time_ms == 1);

    e = read(
        R"({"msec":"1769848200.123","time_local":"31/Jan/2026:09:30:00 +0100","request":"POST /api/chat HTTP/1.1","status":"201","body_bytes_sent":"5","http_referrer":"","remote_user":"eve"})");
    CHECK(e.time_ms == 1769848200123);
    CHECK(e.method == "POST");
    CHECK(e.uri == "/api/chat");
    CHECK(e.user == "eve");

    e = read(
        R"({"time_local":"31/Jan/2026:09:30:00 +0100","remote_addr":"::1","http":{"status":"302","headers":{"x_forwarded_for":"1.1.1.1","referer":["a","b"]}},"request_uri":"/"})");
    CHECK(e.time_ms == 1769848200000);
    CHECK(e.status == 302);
    CHECK(e.forwarded_for == "1.1.1.1");
}

TEST_CASE_METHOD(Reader, "variables that nginx writes without quotes may be empty, a dash or a list") {
    Entry e = read(R"({"upstream_response_time":,"request_time":0.003,"status":499,"upstream_status":})");
    CHECK_FALSE(e.upstream_response_time_ms);
    CHECK(e.upstream_status.empty());
    CHECK(e.request_time_ms == 3);
    e = read(
        R"({"upstream_response_time":0.001, 0.002 : 0.003,"upstream_status":502, 502 : 200,"status":000})");
    CHECK(e.upstream_response_time_ms == 6);
    CHECK(e.upstream_status == "502, 502 : 200");
    CHECK(e.status == 0);
    e = read(R"({"request_time":-,"status":400,"remote_addr":10.0.0.1})");
    CHECK(e.request_time_ms == 0);
    CHECK(e.remote_addr == "10.0.0.1");
}

TEST_CASE_METHOD(Reader, "times of several servers count together") {
    CHECK(with(R"("upstream_response_time":"0.010, 0.200")").upstream_response_time_ms == 210);
    CHECK(with(R"("upstream_response_time":"0.010, - : 0.200")").upstream_response_time_ms == 210);
    CHECK_FALSE(with(R"("upstream_response_time":"-")").upstream_response_time_ms);
    CHECK_FALSE(with(R"("upstream_response_time":"-, -")").upstream_response_time_ms);
    CHECK(with(R"("upstream_addr":"10.0.0.1:80, 10.0.0.2:80")").upstream_addr == "10.0.0.1:80, 10.0.0.2:80");
}

TEST_CASE_METHOD(Reader, "escapes are undone, also those that JSON does not know") {
    CHECK(with(R"("user_agent":"a\"b\\c\/d\n\u00e9\u20ac\ud83d\ude00")").user_agent ==
          "a\"b\\c/d\n\u00e9\u20ac\U0001F600");
    CHECK(with(R"("user_agent":"\x22quoted\x22 \xC3\xA9 \xff")").user_agent == "\"quoted\" \u00e9 \xFF");
    CHECK(with(R"("user_agent":"\ud83d alone \uZZ \q \x4")").user_agent == "\uFFFD alone \\uZZ \\q \\x4");
    CHECK(with(R"("user_agent":"ends with a backslash\\","model":"m")").model == "m");
}

TEST_CASE_METHOD(Reader, "bytes that are no UTF-8, and control bytes, are kept as they are") {
    CHECK(with("\"user_agent\":\"caf\xe9 \xff\x01\"").user_agent == "caf\xe9 \xff\x01");
    CHECK(with(R"("request_uri":"/a\u0000b","model":"m")").uri == std::string_view("/a\0b", 4));
}

TEST_CASE_METHOD(Reader, "of several members of one meaning the first that says something counts") {
    CHECK(with(R"("user":null,"remote_user":"-","user":"c")").user == "c");
    CHECK(with(R"("http_status":,"request_time":"","responsetime":0.1)").request_time_ms == 100);
    CHECK(with(R"("clientip":"6.6.6.6","remote_addr":"10.0.0.1")").remote_addr == "10.0.0.1");
    CHECK(with(R"("user":"a","user":"b")").user == "a");
    CHECK(with(R"("user_agent":"a","inner":{"user_agent":"b"})").user_agent == "a");
}

TEST_CASE_METHOD(Reader, "a request that is no request line is kept as it came") {
    Entry e = with(R"("request":"\x16\x03\x01")");
    CHECK(e.method.empty());
    CHECK(e.uri == "\x16\x03\x01");
    e = with(R"("request":"GET /a b HTTP/1.0")");
    CHECK(e.method == "GET");
    CHECK(e.uri == "/a b");
    CHECK(with(R"("request":"/only/a/path")").uri == "/only/a/path");
    e = with(R"("request":"")");
    CHECK(e.uri.empty());
    CHECK(e.path == "/");
}

TEST_CASE_METHOD(Reader, "a line without a time has none") {
    CHECK_FALSE(with(R"("user":"a")").time_ms);
}

TEST_CASE_METHOD(Reader, "a line that is no request, or says what cannot be, is refused with the reason") {
    CHECK(refusal(R"({"level":"info","msg":"hello"})") == "no status");
    CHECK(refusal(R"({})") == "no status");
    CHECK(refusal(R"({"status":"2OO"})") == R"(the status "2OO" is not a number of three digits)");
    CHECK(refusal(R"({"status":2000})") == R"(the status "2000" is not a number of three digits)");
    CHECK(refusal(R"({"status":200,"time":"yesterday"})") ==
          R"(the time "yesterday" is not one of 2026-01-31T09:30:00+01:00, 31/Jan/2026:09:30:00 +0100, )"
          "seconds since 1970");
    CHECK(refusal(R"({"status":200,"request_time":"soon"})") ==
          R"(the request time "soon" is not a number of seconds)");
    CHECK(refusal(R"({"status":200,"body_bytes_sent":-1})") == R"(the body size "-1" is not a number)");
    CHECK(refusal(R"({"status":200,"upstream_response_time":"x"})") ==
          R"(the upstream's response time "x" is not a number of seconds)");
    CHECK(refusal(R"({"status":200,"tokens_in":1e3})") == R"(the count of tokens in "1e3" is not a number)");
}

TEST_CASE_METHOD(Reader, "what a refusal shows of a line is short and drives no terminal") {
    CHECK(refusal(R"({"status":"\u001b[2J"})") == R"(the status "\x1b[2J" is not a number of three digits)");
    std::string shown = refusal(R"({"status":")" + std::string(10'000, '9') + R"("})");
    CHECK(shown.size() < 120);
}

TEST_CASE_METHOD(Reader, "what is no object is refused where it stops being one") {
    CHECK(refusal(R"({"status":200 "a":1})").starts_with("no JSON object: character "));
    CHECK(refusal(R"({"status":200,"a":{}"b":1})").starts_with("no JSON object: character "));
    CHECK(refusal(R"({"status":200,,"b":1})").starts_with("no JSON object: character "));
    CHECK(refusal(R"({"status" 200})") == "no JSON object: character 11 is not what may stand there");
    CHECK(refusal(R"({status:200})") == "no JSON object: character 2 is not what may stand there");
    CHECK(refusal(R"({"status":20{"a":1}})") != "taken");
    CHECK(refusal(std::string(R"({"status":200})") + '\0' + "x") ==
          "something follows the JSON object: one line holds one");
    CHECK(refusal(R"({"status":200}})") == "something follows the JSON object: one line holds one");
}
