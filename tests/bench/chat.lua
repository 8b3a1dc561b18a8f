-- wrk: POST /v1/chat/completions with a body of about 1 KB; the key comes from BENCH_KEY. Prints one JSON line.
local text = string.rep("lorem ipsum dolor sit amet ", 30)
wrk.method = "POST"
wrk.path = "/v1/chat/completions"
wrk.body = '{"model":"mock","messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"'
    .. text .. '"}],"temperature":0.7,"max_tokens":256}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")

function done(summary, latency)
    local errors = summary.errors
    local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format('JSON {"requests":%d,"seconds":%.4f,"p50_us":%d,"p99_us":%d,"bad":%d}\n', summary.requests,
        summary.duration / 1e6, latency:percentile(50), latency:percentile(99), bad))
end
