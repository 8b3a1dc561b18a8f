# bash completion of aihub-keys, written by: aihub-keys completion bash
_aihub_keys() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= each words
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $command/$each in
            /add|/list|/show|/change|/delete|/rotate|/verify|/user|user/add|user/list|user/show|user/change|user/disable|user/enable|user/delete|/tier|tier/set|tier/list|/balance|balance/add|balance/set|balance/show|balance/history|/export|/import|/audit|/db|db/path|db/check|db/backup|/config|/completion|/help) command=${command:+$command/}$each ;;
        esac
    done
    case $command:$previous in
        *:--config) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--env-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
        *:--db) COMPREPLY=($(compgen -f -- "$word")); return ;;
        :-g) COMPREPLY=(); return ;;
        :-d) COMPREPLY=(); return ;;
        :-e) COMPREPLY=($(compgen -f -- "$word")); return ;;
        add:--tier) COMPREPLY=(); return ;;
        add:--balance) COMPREPLY=(); return ;;
        add:--expires) COMPREPLY=(); return ;;
        add:--models) COMPREPLY=(); return ;;
        add:--requests-per-minute) COMPREPLY=(); return ;;
        add:--tokens-per-minute) COMPREPLY=(); return ;;
        add:--max-concurrent) COMPREPLY=(); return ;;
        add:--budget) COMPREPLY=(); return ;;
        list:--user) COMPREPLY=(); return ;;
        list:--expiring) COMPREPLY=(); return ;;
        list:--unused) COMPREPLY=(); return ;;
        list:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        change:--expires) COMPREPLY=(); return ;;
        change:--models) COMPREPLY=(); return ;;
        change:--requests-per-minute) COMPREPLY=(); return ;;
        change:--tokens-per-minute) COMPREPLY=(); return ;;
        change:--max-concurrent) COMPREPLY=(); return ;;
        change:--budget) COMPREPLY=(); return ;;
        delete:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        rotate:--grace) COMPREPLY=(); return ;;
        verify:--wait) COMPREPLY=(); return ;;
        user/add:--email) COMPREPLY=(); return ;;
        user/add:--tier) COMPREPLY=(); return ;;
        user/add:--balance) COMPREPLY=(); return ;;
        user/add:--requests-per-minute) COMPREPLY=(); return ;;
        user/add:--tokens-per-minute) COMPREPLY=(); return ;;
        user/add:--max-concurrent) COMPREPLY=(); return ;;
        user/list:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        user/change:--email) COMPREPLY=(); return ;;
        user/change:--tier) COMPREPLY=(); return ;;
        user/change:--requests-per-minute) COMPREPLY=(); return ;;
        user/change:--tokens-per-minute) COMPREPLY=(); return ;;
        user/change:--max-concurrent) COMPREPLY=(); return ;;
        tier/list:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        balance/add:--note) COMPREPLY=(); return ;;
        balance/set:--note) COMPREPLY=(); return ;;
        balance/history:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
        export:--format) COMPREPLY=($(compgen -W 'csv json ndjson' -- "$word")); return ;;
        import:--from) COMPREPLY=($(compgen -W 'aihub tokens.db gateway.db one-api litellm' -- "$word")); return ;;
        import:--tier) COMPREPLY=(); return ;;
        import:--wait) COMPREPLY=(); return ;;
        audit:--since) COMPREPLY=(); return ;;
        audit:--limit) COMPREPLY=(); return ;;
        audit:--format) COMPREPLY=($(compgen -W 'table tsv csv json ndjson' -- "$word")); return ;;
    esac
    case $command in
        add) words='--tier --balance --expires --models --requests-per-minute --tokens-per-minute --max-concurrent --budget --admin --worker --config --env-file --json --version -h --help --db' ;;
        list) words='--user --expired --expiring --unused --all --format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        show) words='--config --env-file --json --version -h --help --db' ;;
        change) words='--expires --models --requests-per-minute --tokens-per-minute --max-concurrent --budget --config --env-file --json --version -h --help --db' ;;
        delete) words='-y --yes --format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        rotate) words='--grace --config --env-file --json --version -h --help --db' ;;
        verify) words='--wait --config --env-file --json --version -h --help --db' ;;
        user) words='add list show change disable enable delete --config --env-file --json --version -h --help --db' ;;
        user/add) words='--email --tier --balance --requests-per-minute --tokens-per-minute --max-concurrent --config --env-file --json --version -h --help --db' ;;
        user/list) words='--format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        user/show) words='--config --env-file --json --version -h --help --db' ;;
        user/change) words='--email --tier --requests-per-minute --tokens-per-minute --max-concurrent --config --env-file --json --version -h --help --db' ;;
        user/disable) words='--config --env-file --json --version -h --help --db' ;;
        user/enable) words='--config --env-file --json --version -h --help --db' ;;
        user/delete) words='-y --yes --config --env-file --json --version -h --help --db' ;;
        tier) words='set list --config --env-file --json --version -h --help --db' ;;
        tier/set) words='--config --env-file --json --version -h --help --db' ;;
        tier/list) words='--format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        balance) words='add set show history --config --env-file --json --version -h --help --db' ;;
        balance/add) words='--note --config --env-file --json --version -h --help --db' ;;
        balance/set) words='--note --config --env-file --json --version -h --help --db' ;;
        balance/show) words='--config --env-file --json --version -h --help --db' ;;
        balance/history) words='--format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        export) words='--format --hashes --all --raw --force --config --env-file --json --version -h --help --db' ;;
        import) words='--from --tier --dry-run --wait --config --env-file --json --version -h --help --db' ;;
        audit) words='--since --limit --format --ndjson -q --quiet --no-header --config --env-file --json --version -h --help --db' ;;
        db) words='path check backup --config --env-file --json --version -h --help --db' ;;
        db/path) words='--config --env-file --json --version -h --help --db' ;;
        db/check) words='--config --env-file --json --version -h --help --db' ;;
        db/backup) words='--force --config --env-file --json --version -h --help --db' ;;
        config) words='--check --config --env-file --json --version -h --help --db' ;;
        completion) words='bash --config --env-file --json --version -h --help --db' ;;
        help) words='--config --env-file --json --version -h --help --db' ;;
        *) words='add list show change delete rotate verify user tier balance export import audit db config completion help -g -l -d -e --config --env-file --json --version -h --help --db' ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _aihub_keys aihub-keys
