#!/usr/bin/env bash
# What `make run` and `make stop` do: a gateway in the background for trying out. usage: examples/run.sh start|stop
#
# State lives in build/run (AIHUB_RUN_DIR): database, key of the user "demo", logs. With an aihub.json at the top of the
# source tree that file decides on the services; without one, model servers are looked for, and when there is none the
# demo upstream of examples/demo takes their place. GATEWAY_PORT, LAN_IP and the *_URL variables count as ever.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
root=$PWD
run=${AIHUB_RUN_DIR:-$root/build/run}
bin=${AIHUB_BIN:-$root/build/release/bin}
state=$run/state

say() { printf '%s\n' "$*"; }
fail() { printf 'make run: %s\n' "$*" >&2; exit 1; }
answers() { curl -sf -m 2 -o "${2:-/dev/null}" "$1"; }

# --- what is running -----------------------------------------------------------------------------------------------

# pid_of FILE WORD: the process of that pid file, when it lives and WORD stands in its command line.
pid_of() {
    local pid
    pid=$(cat "$1" 2>/dev/null) && [ -n "$pid" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -- "$2" && echo "$pid"
}
gateway_pid() { pid_of "$run/gateway.pid" aihub-serve; }
demo_pid() { pid_of "$run/demo.pid" demo/serve.py; }

# in_background NAME COMMAND…: without a terminal, in a session of its own, with log and pid file in the run folder.
in_background() {
    local name=$1; shift
    : >"$run/$name.log"
    setsid "$@" >"$run/$name.log" 2>&1 </dev/null &
    echo $! >"$run/$name.pid"
}

end() {
    local pid=$1 i
    kill "$pid" 2>/dev/null || return 0
    for ((i = 0; i < 350; i++)); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null
}

# printed_url NAME: the address that the program named on its line "listening on URL", once it is there.
printed_url() {
    local i url
    for ((i = 0; i < 150; i++)); do
        url=$(sed -nE 's#.*listening on (https?://[^ ]+).*#\1#p' "$run/$1.log" | head -n 1)
        [ -n "$url" ] && { echo "$url"; return; }
        kill -0 "$(cat "$run/$1.pid")" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# --- services ------------------------------------------------------------------------------------------------------

# One line a model server that answers: NAME KIND URL.
find_servers() {
    local url models
    models=$(mktemp)
    url=${OLLAMA_URL:-http://127.0.0.1:11434}; answers "$url/api/version" && say "ollama ollama $url"
    url=${LMSTUDIO_URL:-http://127.0.0.1:${LMSTUDIO_PORT:-1234}}; answers "$url/v1/models" && say "lmstudio openai $url"
    # These two ports belong to many programs, so the server has to name itself.
    answers http://127.0.0.1:8080/v1/models "$models" && grep -q '"llamacpp"' "$models" && say "llamacpp openai http://127.0.0.1:8080"
    answers http://127.0.0.1:8000/v1/models "$models" && grep -q '"vllm"' "$models" && say "vllm openai http://127.0.0.1:8000"
    url=${KOKORO_URL:-http://127.0.0.1:${KOKORO_PORT:-8880}}; answers "$url/v1/audio/voices" && say "kokoro speech $url"
    url=${STT_URL:-http://127.0.0.1:${STT_REST_PORT:-10400}}; answers "$url/health" && say "stt transcription $url"
    rm -f "$models"
}

start_demo() {
    demo_pid >/dev/null || {
        shared/cmake/install_packages.sh demo || say "the demo's speech will be missing"
        in_background demo python3 "$root/examples/demo/serve.py" --port 0
    }
    printed_url demo || fail "the demo upstream does not start; see $run/demo.log"
}

# services_json LINES: what was found, as the "services" of aihub.json.
services_json() {
    printf '{"services": {'
    local separator='' name kind url
    while read -r name kind url; do
        [ -n "$name" ] || continue
        printf '%s\n  "%s": {"kind": "%s", "url": "%s"}' "$separator" "$name" "$kind" "$url"
        separator=,
    done <<<"$1"
    printf '\n}}\n'
}

# Decides on the configuration; sets `config` (arguments) and `about` (a sentence for people).
choose_services() {
    config=()
    [ -f .env ] && config+=(--env-file "$root/.env")
    if [ -f aihub.json ]; then
        config+=(--config "$root/aihub.json")
        about="services as aihub.json says"
        return
    fi
    local found demo
    found=$(find_servers)
    about="model servers found: $(cut -d' ' -f1,3 <<<"$found" | paste -sd, | sed 's/,/, /g')"
    if ! grep -qE ' (ollama|openai) ' <<<"$found"; then
        demo=$(start_demo) || exit 1
        demo=${demo##*$'\n'}
        about="no model server found, so the demo upstream stands in (a toy model, \"aihub-toy\"; speech by flite)"
        # What was found comes last and so wins: a name stands once.
        found=$(printf '%s\n' "$found" "ollama ollama $demo" "lmstudio openai $demo" "kokoro speech $demo" \
            "stt transcription $demo" | awk 'NF && !seen[$1]++')
    fi
    services_json "$found" >"$run/aihub.json"
    config+=(--config "$run/aihub.json")
}

# --- the gateway ---------------------------------------------------------------------------------------------------

port_is_free() { python3 -c 'import socket, sys; s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("0.0.0.0", int(sys.argv[1])))' "$1" 2>/dev/null; }

# choose_port WANTED: that port or the first free one after it.
choose_port() {
    local wanted=$1 port
    for ((port = wanted; port < wanted + 50; port++)); do
        port_is_free "$port" && { echo "$port"; return; }
    done
    fail "ports $wanted to $((wanted + 49)) are all taken; choose another with GATEWAY_PORT"
}

as_reached_here() { sed -E 's#//(0\.0\.0\.0|\[::\]):#//127.0.0.1:#' <<<"$1"; }

# Sets `url` (as the gateway says it) and `local_url` (as this machine reaches it).
start_gateway() {
    local port wanted settings
    choose_services
    settings=$("$bin/aihub-serve" "${config[@]}" --print-config 2>&1) || fail "the settings are wrong: $settings"
    wanted=$(sed -nE 's/^gateway_port = ([0-9]+).*/\1/p' <<<"$settings")
    port=$(choose_port "$wanted") || exit 1
    [ "$port" = "$wanted" ] || say "port $wanted is taken, so this is port $port"
    GATEWAY_PORT=$port in_background gateway "$bin/aihub-serve" "${config[@]}" --db "$run/aihub.db" --state-dir "$state" \
        --access-log "$run/access.log"
    url=$(printed_url gateway) || fail "aihub-serve did not start: $(tail -n 3 "$run/gateway.log")"
    local_url=$(as_reached_here "$url")
    say "$url" >"$run/url"
    say "$about" >"$run/about"
    for _ in {1..100}; do
        answers "$local_url/healthz" && return
        sleep 0.1
    done
    fail "aihub-serve does not answer on $local_url; see $run/gateway.log"
}

status_with_key() { curl -s -m 5 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$local_url/v1/models"; }

# The key of the user "demo"; a new one when the file is gone or the gateway no longer takes it.
demo_key() {
    local key
    key=$(cat "$run/key" 2>/dev/null)
    if [ -n "$key" ] && [ "$(status_with_key "$key")" != 401 ]; then echo "$key"; return; fi
    "$bin/aihub-keys" --db "$run/aihub.db" delete demo/default --yes >/dev/null 2>&1
    key=$("$bin/aihub-keys" --db "$run/aihub.db" add demo 2>"$run/keys.log") || fail "no key could be made: $(tail -n 1 "$run/keys.log")"
    (umask 077 && rm -f "$run/key" && echo "$key" >"$run/key")
    for _ in {1..50}; do
        [ "$(status_with_key "$key")" = 401 ] || { echo "$key"; return; }
        sleep 0.1
    done
    fail "the gateway does not take the new key; see $run/gateway.log"
}

# --- what people see -----------------------------------------------------------------------------------------------

reachable_from() {
    case $url in
        *//127.*|*//localhost*|*//\[::1\]*) say "this machine only (LAN_IP=<its address> make run opens it to the network)" ;;
        *) say "every machine that reaches this one: $(hostname -I 2>/dev/null | xargs -n1 2>/dev/null | head -n 3 | paste -sd' ')" ;;
    esac
}

# The first model that chats, judged by its name; empty when there is none.
chat_model() {
    curl -s -m 10 -H "Authorization: Bearer $1" "$local_url/v1/models" | python3 -c '
import json, sys
names = [model["id"] for model in json.load(sys.stdin).get("data", [])]
chats = [name for name in names if not any(word in name.lower() for word in ("embed", "whisper", "tts", "kokoro", "rerank"))]
print(chats[0] if chats else "")' 2>/dev/null
}

show_example() {
    local key=$1 model body
    for _ in {1..30}; do
        model=$(chat_model "$key")
        [ -n "$model" ] && break
        sleep 0.2
    done
    if [ -z "$model" ]; then
        say "No model yet: load one in your model server, then ask $local_url/v1/models."
        return
    fi
    body="{\"model\":\"$model\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello in five words.\"}],\"max_tokens\":60}"
    say "Example:"
    say "  curl $local_url/v1/chat/completions -H 'Authorization: Bearer $key' -H 'Content-Type: application/json' \\"
    say "    -d '$body'"
    say "Answer:"
    curl -sS -m 300 "$local_url/v1/chat/completions" -H "Authorization: Bearer $key" -H 'Content-Type: application/json' -d "$body" |
        sed 's/^/  /'
    say
}

start() {
    local key
    mkdir -p "$state" && chmod 700 "$run"
    [ -x "$bin/aihub-serve" ] || fail "there is no $bin/aihub-serve; run: make"
    if gateway_pid >/dev/null; then
        say "aihub is running already."
        url=$(cat "$run/url" 2>/dev/null) || url=$(printed_url gateway) || fail "no address in $run/gateway.log"
        local_url=$(as_reached_here "$url")
    else
        rm -f "$run/url"
        start_gateway
    fi
    key=$(demo_key) || exit 1
    say
    say "aihub listens on  $url, for $(reachable_from)"
    say "OpenAI clients    base URL $local_url/v1"
    say "Ollama clients    host $local_url"
    say "Key of user demo  $key   (kept in ${run#"$root"/}/key)"
    say "Admin key         in ${run#"$root"/}/state/admin.key"
    say "Services          $(cat "$run/about")"
    say "Logs              ${run#"$root"/}/gateway.log, ${run#"$root"/}/access.log; end it with: make stop"
    say
    show_example "$key"
}

stop() {
    local pid ended=
    pid=$(gateway_pid) && { end "$pid"; ended="the gateway"; }
    pid=$(demo_pid) && { end "$pid"; ended="${ended:+$ended and }the demo upstream"; }
    rm -f "$run/gateway.pid" "$run/demo.pid" "$run/url"
    say "${ended:-nothing was running}${ended:+ ended}"
}

case ${1:-} in
    start) start ;;
    stop) stop ;;
    *) echo "usage: examples/run.sh start|stop" >&2; exit 2 ;;
esac
