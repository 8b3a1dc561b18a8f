#!/usr/bin/env bash
# install_packages.sh GROUP...: installs what is missing of those groups of packages.txt, from the distribution.
# Says nothing and asks nobody when all is there. Needs no more than a bare Debian has.
set -u
list=$(dirname "$0")/packages.txt

wanted() {
    local name group command
    while read -r name group command; do
        case " $* " in *" $group "*) ;; *) continue ;; esac
        if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
        echo "$name"
    done < <(grep -E '^[a-z]' "$list")
}

missing() {
    local name
    for name in $(wanted "$@" | sort -u); do
        dpkg -s "$name" 2>/dev/null | grep -q '^Status: .* installed' || echo "$name"
    done
}

refuse() {
    echo "missing packages: $2" >&2
    echo "$1; install them as root with: apt-get install $2" >&2
    exit 1
}

if ! command -v dpkg >/dev/null 2>&1; then
    command -v cmake >/dev/null 2>&1 && exit 0
    echo "no Debian, so nothing can be installed here; what is needed is listed in shared/cmake/packages.txt" >&2
    exit 1
fi
names=$(missing "$@" | paste -sd' ' -)
[ -n "$names" ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || refuse "not root, and there is no sudo" "$names"
    # Without a terminal nobody can type a password, so sudo may not ask for one.
    [ -t 0 ] && as_root=(sudo) || as_root=(sudo -n)
    "${as_root[@]}" true 2>/dev/null || refuse "sudo does not let this user in" "$names"
fi
command -v apt-get >/dev/null 2>&1 || refuse "there is no apt-get here" "$names"

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"; }
# shellcheck disable=SC2086  # a list of names, one word each
install() { apt install -y --no-install-recommends $names </dev/null; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing from the distribution: $names"
# The lists of a fresh machine are empty and those of an old one out of date: then they are fetched first.
install >"$log" 2>&1 || { apt update && install; } >>"$log" 2>&1 || {
    tail -n 12 "$log" >&2
    refuse "apt-get failed (its last lines are above)" "$names"
}
