# shellcheck shell=bash
# What the scripts share: places, names, messages, and talking to PostgreSQL.
# Sourced, never run by itself.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
LOCAL=$ROOT/.local # everything this checkout makes; git ignores it
VENV=$LOCAL/venv
CONFIG=$LOCAL/odoo.conf
LOGS=$LOCAL/log
# shellcheck disable=SC2034  # used by the scripts that source this file
ADDON=complaint_management
# Two checkouts on one machine share PostgreSQL, so the name tells them apart.
DB_DEFAULT=complaints_$(printf %s "$ROOT" | sha256sum | cut -c1-8)

step() { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
# die WHAT [WHAT TO DO...]: the first line says what went wrong, the others help.
die() {
    printf '\nError: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
    exit 1
}

# Run something as root: directly, or by sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root rights: $*" \
            "Run the script as root, or install sudo and allow $(id -un) to use it."
    fi
}
as_postgres() { # not "su": it may ask for a password
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        (cd / && as_root -u postgres "$@")
    fi
}

# log_to FILE COMMAND...: keep the screen short; show the end when it fails.
log_to() {
    local log=$LOGS/$1
    shift
    mkdir -p "$LOGS"
    "$@" >"$log" 2>&1 9>&- && return
    printf '\n--- the last lines of %s\n' "$log" >&2
    tail -n 25 "$log" >&2
    return 1
}

# One set-up (or test run) at a time in a checkout; freed when the script ends.
# log_to keeps file descriptor 9 from what it starts: a server would hold the lock.
lock() {
    mkdir -p "$LOCAL"
    exec 9>"$LOCAL/$1.lock"
    flock -n 9 && return
    note "waiting for another script/$1 in this checkout to end"
    flock 9
}

# --- PostgreSQL ------------------------------------------------------------

# The user's own server when PGHOST says so, else the packaged local cluster.
own_postgres() { [ -n "${PGHOST:-}" ]; }
local_cluster() { pg_lsclusters --no-header | head -n 1; } # version name port status …
pg_environment() {
    own_postgres && return
    local port
    port=$(local_cluster | awk '{print $3}')
    export PGPORT=${PGPORT:-$port}
    unset PGHOSTADDR
}
sql() { # sql DB STATEMENT [psql options]
    local db=$1 statement=$2
    shift 2
    psql --no-psqlrc --no-password -qAtX -v ON_ERROR_STOP=1 -d "$db" "$@" <<<"$statement"
}

# --- Odoo ------------------------------------------------------------------

# The folder that holds the Python package "odoo".
odoo_path() { echo "${ODOO_HOME:-$LOCAL/odoo/usr/lib/python3/dist-packages}"; }
addons_path() {
    echo -n "$(odoo_path)/odoo/addons,"
    [ ! -d "$(odoo_path)/addons" ] || echo -n "$(odoo_path)/addons,"
    echo "$ROOT"
}
odoo() { "$VENV/bin/python" -m odoo "$@"; }
