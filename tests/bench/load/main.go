// load: the two ends of the bench that must cost little themselves. Standard library only.
//
//	load upstream [-addr HOST:PORT] [-models A,B]     a mock model server; prints "listening on URL"
//	load streams -url URL -model sse-NxDms [-c N] [-api chat|messages|ollama]
//	                                                  N concurrent chat streams; prints one JSON line
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{"upstream": upstream, "streams": streams}
	var run func([]string) error
	if len(os.Args) > 1 {
		run = commands[os.Args[1]]
	}
	if run == nil {
		fmt.Fprintln(os.Stderr, "usage: load upstream|streams [flags]")
		os.Exit(2)
	}
	if err := run(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
