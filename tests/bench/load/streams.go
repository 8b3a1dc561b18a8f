package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tally is what one stream saw; milliseconds.
type tally struct {
	firstByte float64
	chunks    int
	gaps      []float64
	transits  []float64 // from the upstream's write to the client's read
}

type summary struct {
	Complete   int            `json:"complete"`
	Failed     int            `json:"failed"`
	Failures   map[string]int `json:"failures"`
	Chunks     int            `json:"chunks"`
	FirstP50   float64        `json:"first_byte_p50_ms"`
	FirstP99   float64        `json:"first_byte_p99_ms"`
	GapP99     float64        `json:"gap_p99_ms"`
	GapMost    float64        `json:"gap_max_ms"`
	TransitP50 float64        `json:"transit_p50_ms"`
	TransitP99 float64        `json:"transit_p99_ms"`
}

func percentile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return -1
	}
	sort.Float64s(values)
	return values[int(share*float64(len(values)-1))]
}

func streams(arguments []string) error {
	flags := flag.NewFlagSet("streams", flag.ExitOnError)
	address := flags.String("url", "", "base URL")
	asked := flags.String("api", "chat", "chat, messages (Anthropic's) or ollama")
	model := flags.String("model", "sse-200x50ms", "model that the mock knows")
	count := flags.Int("c", 100, "concurrent streams")
	ramp := flags.Duration("ramp", 2*time.Second, "time over which they start")
	timeout := flags.Duration("timeout", 60*time.Second, "for one stream")
	flags.Parse(arguments)
	target, err := url.Parse(*address)
	if err != nil {
		return err
	}
	client, known := apis[*asked]
	if !known {
		return fmt.Errorf("no API %q; there are chat, messages and ollama", *asked)
	}
	// The key comes by the environment: a command line is seen by everybody.
	request := client.request(target, os.Getenv("BENCH_KEY"), *model)
	tallies, errs := make([]tally, *count), make([]error, *count)
	var all sync.WaitGroup
	for i := 0; i < *count; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			time.Sleep(time.Duration(i) * *ramp / time.Duration(*count))
			tallies[i], errs[i] = follow(client, target.Host, request, *timeout)
		}(i)
	}
	all.Wait()
	line, err := json.Marshal(summarise(tallies, errs))
	fmt.Println(string(line))
	return err
}

// follow reads one stream from request to its last event; anything else than that end is an error.
func follow(client api, host string, request []byte, timeout time.Duration) (tally, error) {
	var seen tally
	connection, err := net.DialTimeout("tcp", host, 10*time.Second)
	if err != nil {
		return seen, errors.New("connect: " + reason(err))
	}
	defer connection.Close()
	start := time.Now()
	connection.SetDeadline(start.Add(timeout))
	if _, err := connection.Write(request); err != nil {
		return seen, errors.New("send: " + reason(err))
	}
	response, err := http.ReadResponse(bufio.NewReaderSize(connection, 8192), nil)
	if err != nil {
		return seen, errors.New("head: " + reason(err))
	}
	if response.StatusCode != 200 {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 100))
		return seen, fmt.Errorf("status %d %s", response.StatusCode, text)
	}
	return seen, seen.read(client, bufio.NewReaderSize(response.Body, 8192), start)
}

func (t *tally) read(client api, body *bufio.Reader, start time.Time) error {
	event, end := []byte(client.event), []byte(client.last)
	last := start
	for {
		line, err := body.ReadSlice('\n')
		if err != nil {
			return errors.New("ended without its last event: " + reason(err))
		}
		if !bytes.HasPrefix(line, event) {
			continue
		}
		if bytes.Contains(line, end) {
			return nil
		}
		at := bytes.IndexByte(line, '@')
		if at < 0 {
			continue
		}
		now := time.Now()
		digits, _, _ := bytes.Cut(line[at+1:], []byte(" "))
		if sent, err := strconv.ParseInt(string(digits), 10, 64); err == nil {
			t.transits = append(t.transits, float64(now.UnixNano()-sent)/1e6)
		}
		since := float64(now.Sub(last)) / 1e6
		if t.chunks == 0 {
			t.firstByte = since
		} else {
			t.gaps = append(t.gaps, since)
		}
		t.chunks++
		last = now
	}
}

// reason is an error without its addresses, so that equal ones are counted together.
func reason(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "timeout"
	}
	text := err.Error()
	if at := strings.LastIndex(text, ": "); at >= 0 {
		return text[at+2:]
	}
	return text
}

func summarise(tallies []tally, errs []error) summary {
	result := summary{Failures: map[string]int{}}
	var firsts, gaps, transits []float64
	for i, seen := range tallies {
		result.Chunks += seen.chunks
		if errs[i] != nil {
			result.Failed++
			result.Failures[errs[i].Error()]++
			continue
		}
		result.Complete++
		firsts = append(firsts, seen.firstByte)
		gaps = append(gaps, seen.gaps...)
		transits = append(transits, seen.transits...)
	}
	result.FirstP50, result.FirstP99 = percentile(firsts, 0.5), percentile(firsts, 0.99)
	result.GapP99, result.GapMost = percentile(gaps, 0.99), percentile(gaps, 1)
	result.TransitP50, result.TransitP99 = percentile(transits, 0.5), percentile(transits, 0.99)
	return result
}
