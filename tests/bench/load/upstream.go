package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A hand-written HTTP/1.1 server, one goroutine a connection, canned replies: it must be cheap beside what it measures.

const chatReply = `{"id":"chatcmpl-9f8e7d6c5b4a39281706","object":"chat.completion","created":1760000000,"model":"mock",` +
	`"system_fingerprint":"fp_0123456789","choices":[{"index":0,"message":{"role":"assistant","content":"The quick brown ` +
	`fox jumps over the lazy dog while the mock upstream returns a reply of a plausible size, so that a gateway which ` +
	`parses the body has something to parse. It is the same reply on every call, and its usage block below is fixed ` +
	`too."},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":212,"completion_tokens":52,` +
	`"total_tokens":264,"prompt_tokens_details":{"cached_tokens":0}}}`

var (
	modelPattern  = regexp.MustCompile(`"model"\s*:\s*"([^"]*)"`)
	streamPattern = regexp.MustCompile(`^sse-(\d+)x(\d+)ms$`)
	errGone       = errors.New("the client is gone")
)

func reply(status, body string) []byte {
	return []byte("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " +
		strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

func modelList(names []string) string {
	rows := make([]string, len(names))
	for i, name := range names {
		rows[i] = `{"id":"` + name + `","object":"model","created":1760000000,"owned_by":"mock"}`
	}
	return `{"object":"list","data":[` + strings.Join(rows, ",") + `]}`
}

func upstream(arguments []string) error {
	flags := flag.NewFlagSet("upstream", flag.ExitOnError)
	address := flags.String("addr", "127.0.0.1:0", "address to listen on")
	models := flags.String("models", "mock", "names for /v1/models")
	flags.Parse(arguments)
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	replies := map[string][]byte{
		"GET /v1/models":                reply("200 OK", modelList(strings.Split(*models, ","))),
		"POST /v1/chat/completions":     reply("200 OK", chatReply),
		"POST /v1/audio/transcriptions": reply("200 OK", `{"text":"ok"}`),
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go serve(connection, replies)
	}
}

func serve(connection net.Conn, replies map[string][]byte) {
	defer connection.Close()
	reader := bufio.NewReaderSize(connection, 16384)
	notFound := reply("404 Not Found", `{"error":{"message":"not found","type":"invalid_request_error"}}`)
	for {
		request, err := readHead(reader)
		if err != nil {
			return
		}
		if request.expects {
			connection.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
		}
		if request.route == "POST /v1/audio/transcriptions" {
			_, err = io.Copy(io.Discard, request.body(reader))
		} else {
			request.text, err = io.ReadAll(request.body(reader))
		}
		if err != nil {
			return
		}
		if request.route == "POST /v1/chat/completions" && bytes.Contains(request.text, []byte(`"stream":true`)) {
			err = sendStream(connection, request.text)
		} else if out, known := replies[request.route]; known {
			_, err = connection.Write(out)
		} else {
			_, err = connection.Write(notFound)
		}
		if err != nil || request.last {
			return
		}
	}
}

type head struct {
	route   string // "METHOD /path", without the query
	length  int64
	chunked bool
	expects bool
	last    bool
	text    []byte
}

func (h *head) body(reader *bufio.Reader) io.Reader {
	if h.chunked {
		return &chunkReader{reader: reader}
	}
	return io.LimitReader(reader, h.length)
}

func readHead(reader *bufio.Reader) (*head, error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	words := strings.Fields(string(line))
	if len(words) != 3 {
		return nil, errors.New("no request line")
	}
	path, _, _ := strings.Cut(words[1], "?")
	request := &head{route: words[0] + " " + path, last: words[2] == "HTTP/1.0"}
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return request, nil
		}
		request.take(line)
	}
}

// take notes the few headers that matter; their lengths are looked at first, because that is cheap.
func (h *head) take(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimSpace(value)
	switch len(name) {
	case len("Content-Length"):
		if bytes.EqualFold(name, []byte("Content-Length")) {
			h.length, _ = strconv.ParseInt(string(value), 10, 64)
		}
	case len("Transfer-Encoding"):
		h.chunked = h.chunked || bytes.EqualFold(name, []byte("Transfer-Encoding"))
	case len("Connection"):
		h.last = h.last || bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close"))
	case len("Expect"):
		h.expects = h.expects || bytes.EqualFold(name, []byte("Expect"))
	}
}

// sendStream writes N chunks D apart, each with the time of its sending in nanoseconds ("@123 ").
func sendStream(connection net.Conn, asked []byte) error {
	model, count, pause := "mock", 20, 20*time.Millisecond
	if found := modelPattern.FindSubmatch(asked); found != nil {
		model = string(found[1])
	}
	if found := streamPattern.FindStringSubmatch(model); found != nil {
		count, _ = strconv.Atoi(found[1])
		milliseconds, _ := strconv.Atoi(found[2])
		pause = time.Duration(milliseconds) * time.Millisecond
	}
	start := `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"` + model + `",`
	write := func(event string) error {
		_, err := connection.Write([]byte(strconv.FormatInt(int64(len(event)), 16) + "\r\n" + event + "\r\n"))
		return err
	}
	connection.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n" +
		"Transfer-Encoding: chunked\r\n\r\n"))
	next := time.Now()
	for i := 0; i < count; i++ {
		text := "@" + strconv.FormatInt(time.Now().UnixNano(), 10) + " "
		event := start + `"choices":[{"index":0,"delta":{"role":"assistant","content":"` + text + `"},"finish_reason":null}]}` + "\n\n"
		if write(event) != nil {
			return errGone
		}
		next = next.Add(pause)
		time.Sleep(time.Until(next))
	}
	write(start + `"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n")
	if bytes.Contains(asked, []byte(`"include_usage":true`)) {
		made := strconv.Itoa(count)
		write(start + `"choices":[],"usage":{"prompt_tokens":212,"completion_tokens":` + made + `,"total_tokens":` +
			strconv.Itoa(212+count) + `}}` + "\n\n")
	}
	write("data: [DONE]\n\n")
	_, err := connection.Write([]byte("0\r\n\r\n"))
	return err
}

type chunkReader struct {
	reader *bufio.Reader
	left   int64
	ended  bool
}

func (c *chunkReader) Read(into []byte) (int, error) {
	if c.left == 0 && !c.ended {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	if c.ended {
		return 0, io.EOF
	}
	if int64(len(into)) > c.left {
		into = into[:c.left]
	}
	count, err := c.reader.Read(into)
	c.left -= int64(count)
	if c.left == 0 && err == nil {
		_, err = c.reader.Discard(2)
	}
	return count, err
}

// next reads a chunk's size line, and after the last chunk the trailers.
func (c *chunkReader) next() error {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	digits, _, _ := strings.Cut(strings.TrimSpace(line), ";")
	if c.left, err = strconv.ParseInt(digits, 16, 64); err != nil {
		return io.ErrUnexpectedEOF
	}
	if c.left > 0 {
		return nil
	}
	c.ended = true
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if strings.TrimSpace(line) == "" {
			return nil
		}
	}
}
