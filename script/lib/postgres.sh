# shellcheck shell=bash
# PostgreSQL: the server that PGHOST, PGPORT, PGUSER and PGPASSWORD name, or
# Debian's own on this machine, started if need be, with a role for this user.

own_postgres() { [ -n "${PGHOST:-}${PGPORT:-}${PGUSER:-}" ]; }
local_cluster() { pg_lsclusters --no-header | head -n 1; } # version name port status …

# sql DATABASE STATEMENT [psql's options]: prints what it gives, bare.
sql() {
    local db=$1 statement=$2
    shift 2
    psql --no-psqlrc --no-password -qAtX -v ON_ERROR_STOP=1 -d "$db" "$@" <<<"$statement"
}

postgres() {
    if own_postgres; then
        sql postgres 'select 1' >/dev/null ||
            die "no connection to the PostgreSQL server that you named" \
                "Check PGHOST, PGPORT, PGUSER and PGPASSWORD; without any of them" \
                "Debian's PostgreSQL on this machine is used."
    else
        local_postgres
    fi
    [ "$(sql postgres 'select current_user')" != postgres ] ||
        die "Odoo refuses to work as PostgreSQL's user 'postgres'" \
            "Be another user, or name another role in PGUSER (createuser --createdb NAME)."
}

local_postgres() {
    local version name port status
    if [ -z "$(local_cluster)" ]; then
        version=$(basename "$(printf '%s\n' /usr/lib/postgresql/* | sort -V | tail -n 1)")
        need_root "to make a PostgreSQL cluster"
        step "Making a PostgreSQL $version cluster"
        log_to postgres.log as_root pg_createcluster "$version" main ||
            die "no PostgreSQL cluster could be made: pg_createcluster $version main"
    fi
    read -r version name port status _ <<<"$(local_cluster)"
    if [[ $status != online* ]]; then
        need_root "to start PostgreSQL"
        step "Starting PostgreSQL $version"
        log_to postgres.log as_root pg_ctlcluster "$version" "$name" start ||
            die "PostgreSQL does not start: pg_ctlcluster $version $name start" \
                "Its own log is in /var/log/postgresql."
    fi
    local_environment
    if ! sql postgres 'select 1' >/dev/null 2>&1; then
        need_root "to make the PostgreSQL role $(id -un)"
        step "Making the PostgreSQL role $(id -un)"
        log_to postgres.log as_postgres createuser --port "$port" --superuser "$(id -un)" ||
            die "the PostgreSQL role could not be made: createuser --superuser $(id -un)"
    fi
}

# The packaged server need not be on the usual port.
local_environment() {
    own_postgres || PGPORT=$(local_cluster | awk '{print $3}')
    export PGPORT
}
