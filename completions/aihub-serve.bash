# bash completion of aihub-serve, written by: aihub-serve completion bash
_aihub_serve() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= each words
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $command/$each in
            /status|/start|/stop|/restart|/reload|/setup|/config|/completion|/help) command=${command:+$command/}$each ;;
        esac
    done
    case $command:$previous in
        *:--config) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--env-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--db) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--listen) COMPREPLY=(); return ;;
        *:--dashboard) COMPREPLY=(); return ;;
        *:--tls-cert) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--tls-key) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--auth) COMPREPLY=($(compgen -W 'on off' -- "$word")); return ;;
        *:--cors) COMPREPLY=(); return ;;
        *:--threads) COMPREPLY=(); return ;;
        *:--drain) COMPREPLY=(); return ;;
        *:--state-dir) COMPREPLY=($(compgen -d -- "$word")); return ;;
        *:--log-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--log-format) COMPREPLY=($(compgen -W 'text json' -- "$word")); return ;;
        *:--access-log) COMPREPLY=($(compgen -f -- "$word")); return ;;
    esac
    case $command in
        status) words='--config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        start) words='--config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        stop) words='--config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        restart) words='--config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        reload) words='--config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        setup) words='--config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        config) words='--check --config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        completion) words='bash --config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        help) words='--config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
        *) words='status start stop restart reload setup config completion help --check-config --print-config --take-over --config --env-file --json --version -h --help --db --listen --dashboard --tls-cert --tls-key --auth --insecure --cors --threads --drain --state-dir --log-file --log-format --access-log' ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _aihub_serve aihub-serve
