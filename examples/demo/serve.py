#!/usr/bin/env python3
"""The demo upstream: one small server that speaks the OpenAI, Ollama and Anthropic APIs with a toy model.

usage: serve.py [--host ADDRESS] [--port PORT]        port 0: any free one; the address is printed

It stands in for a model server where there is none, so that a gateway has something to show and tests have
something to talk to. Its model `aihub-toy` is no language model and says so in every answer. Speech is made by
flite and recognised by pocketsphinx; where those are not installed, only the speech endpoints refuse.
Python's standard library only.
"""
import argparse
import signal
import sys

from anthropic_api import ROUTES as ANTHROPIC
from http_server import Server
from ollama_api import ROUTES as OLLAMA
from openai_api import ROUTES as OPENAI
from speech import ROUTES as SPEECH


def main():
    parser = argparse.ArgumentParser(description="the aihub demo upstream")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    if not 0 <= options.port <= 65535:
        parser.error("--port must be 0 to 65535")
    try:
        server = Server((options.host, options.port), OPENAI | OLLAMA | ANTHROPIC | SPEECH)
    except OSError as error:
        sys.exit(f"serve.py: cannot listen on {options.host}:{options.port}: {error.strerror}; choose another --port")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on http://{options.host}:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
