package main

import (
	"net/url"
	"strconv"
	"strings"
)

// api is how clients of one API ask for a stream and tell its events: each is a line that begins with `event`, and the
// last one holds `last`. What is asked is the same in all of them.
type api struct {
	path, event, last string
	body              func(model string) string
}

var (
	system   = "You are a helpful assistant."
	question = `{"role":"user","content":"` + strings.Repeat("lorem ipsum dolor sit amet ", 30) + `"}`
	messages = `"messages":[{"role":"system","content":"` + system + `"},` + question + `]`
)

var apis = map[string]api{
	"chat": {"/v1/chat/completions", "data:", "[DONE]", func(model string) string {
		return `{"model":"` + model + `",` + messages +
			`,"temperature":0.7,"max_tokens":256,"stream":true,"stream_options":{"include_usage":true}}`
	}},
	"messages": {"/v1/messages", "data:", `"message_stop"`, func(model string) string {
		return `{"model":"` + model + `","system":"` + system + `","messages":[` + question +
			`],"temperature":0.7,"max_tokens":256,"stream":true}`
	}},
	"ollama": {"/api/chat", "{", `"done":true`, func(model string) string {
		return `{"model":"` + model + `",` + messages + `,"options":{"temperature":0.7,"num_predict":256}}`
	}},
}

func (a api) request(target *url.URL, key, model string) []byte {
	body := a.body(model)
	return []byte("POST " + strings.TrimRight(target.Path, "/") + a.path + " HTTP/1.1\r\nHost: " + target.Host +
		"\r\nAuthorization: Bearer " + key + "\r\nContent-Type: application/json\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}
