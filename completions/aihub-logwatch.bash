# bash completion of aihub-logwatch, written by: aihub-logwatch completion bash
_aihub_logwatch() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= each words
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $command/$each in
            /ingest|/report|/offsets|offsets/list|offsets/reset|offsets/export|offsets/import|/sql|/config|/completion|/help) command=${command:+$command/}$each ;;
        esac
    done
    case $command:$previous in
        *:--config) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--env-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--db) COMPREPLY=($(compgen -f -- "$word")); return ;;
        ingest:--state) COMPREPLY=($(compgen -f -- "$word")); return ;;
        ingest:--max-bad) COMPREPLY=(); return ;;
        ingest:--trusted-proxies) COMPREPLY=(); return ;;
        ingest:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        report:--since) COMPREPLY=(); return ;;
        report:--until) COMPREPLY=(); return ;;
        report:--by) COMPREPLY=($(compgen -W 'status family path ip key user model service upstream ua referer method scope' -- "$word")); return ;;
        report:--top) COMPREPLY=(); return ;;
        report:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        offsets/list:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        sql:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
    esac
    case $command in
        ingest) words='--state --max-bad --trusted-proxies --format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        report) words='--since --until --by --top --format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        offsets) words='list reset export import --config --env-file --json --version -h --help --db' ;;
        offsets/list) words='--format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        offsets/reset) words='--config --env-file --json --version -h --help --db' ;;
        offsets/export) words='--config --env-file --json --version -h --help --db' ;;
        offsets/import) words='--config --env-file --json --version -h --help --db' ;;
        sql) words='--format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        config) words='--check --config --env-file --json --version -h --help --db' ;;
        completion) words='bash --config --env-file --json --version -h --help --db' ;;
        help) words='--config --env-file --json --version -h --help --db' ;;
        *) words='ingest report offsets sql config completion help --config --env-file --json --version -h --help --db' ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _aihub_logwatch aihub-logwatch
