# bash completion of aihub-keys, written by: aihub-keys completion bash
_aihub_keys() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= each words
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $command/$each in
            /add|/list|/delete|/config|/completion|/help) command=${command:+$command/}$each ;;
        esac
    done
    case $command:$previous in
        *:--config) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--env-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--db) COMPREPLY=($(compgen -f -- "$word")); return ;;
        :-g) COMPREPLY=(); return ;;
        :-d) COMPREPLY=(); return ;;
        add:--tier) COMPREPLY=(); return ;;
        add:--expires) COMPREPLY=(); return ;;
        list:--user) COMPREPLY=(); return ;;
        list:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        delete:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
    esac
    case $command in
        add) words='--tier --expires --admin --config --env-file --json --version -h --help --db' ;;
        list) words='--user --all --format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        delete) words='-y --yes --format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        config) words='--check --config --env-file --json --version -h --help --db' ;;
        completion) words='bash --config --env-file --json --version -h --help --db' ;;
        help) words='--config --env-file --json --version -h --help --db' ;;
        *) words='add list delete config completion help -g -l -d --config --env-file --json --version -h --help --db' ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _aihub_keys aihub-keys
