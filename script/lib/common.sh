# shellcheck shell=bash
# What the scripts share: places, names, messages. Sourced, never run by itself.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
LOCAL=$ROOT/.local # all that this checkout makes; git ignores it
LOGS=$LOCAL/log
VENV=$LOCAL/venv
CONFIG=$LOCAL/odoo.conf
ADDON=complaint_management
# They need apps that the addon does without.
BRIDGES=(complaint_management_stock complaint_management_repair)
MODULES=$ADDON # what a database is made with, parted by commas
# Checkouts on one machine share its PostgreSQL, so the name tells them apart.
DB_DEFAULT=complaints_$(printf %s "$ROOT" | sha256sum | cut -c1-8)
mkdir -p "$LOGS"

step() { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
# die WHAT [WHAT TO DO...]: the first line says what went wrong, the others help.
die() {
    printf '\nError: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

# Say early, and in words, that something can be done by root only.
need_root() { # need_root WHAT FOR
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        die "root rights are needed: $*" \
            "Run this as root, or install sudo and allow $(id -un) to use it."
}
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
as_postgres() ( # from a folder that this user may enter
    cd /
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else sudo -u postgres "$@"; fi
)

# log_to FILE COMMAND...: keeps the screen short, but shows the end of a failure.
# What it starts does not get file descriptor 9: a server would hold the lock.
log_to() {
    local log=$LOGS/$1
    shift
    "$@" >"$log" 2>&1 9>&- && return
    printf '\n--- the last lines of %s\n' "$log" >&2
    tail -n 25 "$log" >&2
    return 1
}

# One at a time in a checkout. The lock ends with the script, or by unlock.
lock() {
    exec 9>"$LOCAL/$1.lock"
    flock -n 9 && return
    note "waiting: another script/$1 is at work in this checkout"
    flock 9
}
unlock() { exec 9>&-; }
