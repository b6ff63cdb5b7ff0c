# shellcheck shell=bash
# Databases with the addon in them, for script/run and script/test.
# PostgreSQL's comment on a database tells what is in it. "ready" is written last,
# so that a half-made database is known as such:
#   complaint_management: ready|building FINGERPRINT demo|no-demo CHECKOUT

database_comment() {
    sql postgres "select coalesce(shobj_description(oid, 'pg_database'), '-')
                  from pg_database where datname = :'name'" -v name="$1"
}
set_database_comment() { # DATABASE STATE DEMO
    sql postgres "comment on database :\"name\" is :'text'" -v name="$1" \
        -v text="$ADDON: $2 $(fingerprint) $3 $ROOT"
}

# Changes with the addon's files and with Odoo's. Tests are read when they run.
fingerprint() (
    cd "$ROOT"
    {
        cat "$LOCAL/odoo/version" "$(odoo_path)/odoo/release.py" 2>/dev/null || true
        # shellcheck disable=SC2086  # several
        find ${MODULES//,/ } -type f -not -path '*/tests/*' -not -name '*.pyc' -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum
    } | sha256sum | cut -c1-16
)

# prepare_database DATABASE demo|no-demo: the addon is in it as its files are now.
# Sets DEMO to what the database has. RESET makes it anew; REMAKE, when need be.
prepare_database() {
    local db=$1 comment state found had_demo checkout
    DEMO=$2
    [[ $db =~ ^[a-z][a-z0-9_-]{0,62}$ ]] ||
        die "'$db' is no good name for a database" "Take a to z, 0 to 9, _ and -."
    comment=$(database_comment "$db")
    read -r _ state found had_demo checkout <<<"$comment" || true
    [ -z "$comment" ] || [ "$checkout" = "$ROOT" ] ||
        die "the database $db was not made by this checkout, so it is left alone" \
            "Take another name, or drop it yourself: dropdb $db"
    if [ "$state" != ready ] || [ -n "${RESET:-}" ]; then
        create_database "$db"
    elif [ ! -d "$LOCAL/data/filestore/$db" ]; then
        note "the files that belong to the database $db are gone"
        create_database "$db"
    else
        [ "$DEMO" = "$had_demo" ] ||
            note "the database $db has $had_demo data, and keeps that; --reset makes it anew"
        DEMO=$had_demo
        [ "$found" = "$(fingerprint)" ] || update_database "$db"
    fi
}

create_database() {
    local db=$1 option=() ctype=
    drop_database "$db"
    step "Installing the addon into a new database, $db (about a minute)"
    # Letters beyond ASCII have upper and lower case whatever this machine's locale.
    own_postgres || ctype="lc_ctype 'C.UTF-8'"
    sql postgres "create database :\"name\" template template0 encoding 'UTF8'
                  lc_collate 'C' $ctype" -v name="$db" ||
        die "PostgreSQL made no database $db" "May this role create databases?"
    set_database_comment "$db" building "$DEMO"
    sql "$db" "create extension if not exists pg_trgm" ||
        note "without the extension pg_trgm, some searches are slower"
    [ "$DEMO" = no-demo ] || option=(--with-demo)
    fill_database "$db" --init "$MODULES" "${option[@]}" ||
        die "the addon could not be installed" "The whole log: $LOGS/$db.log"
}

update_database() {
    step "Updating the addon in the database $1"
    fill_database "$1" --update "$MODULES" && return
    [ -n "${REMAKE:-}" ] ||
        die "the addon could not be updated in the database $1" \
            "The whole log: $LOGS/$1.log" "--reset makes the database anew."
    note "the update failed: making the database anew"
    create_database "$1"
}

# Odoo ends well even where it found no such addon, or could not load demo data.
fill_database() {
    local db=$1
    shift
    log_to "$db.log" odoo -c "$CONFIG" -d "$db" "$@" --stop-after-init --no-http ||
        return 1
    [ -z "$(sql "$db" "select name from unnest(string_to_array('$MODULES', ',')) as name
        where name not in (select name from ir_module_module where state = 'installed')")" ] ||
        { note "Odoo did not install $MODULES: see the log" && return 1; }
    [ "$DEMO" = no-demo ] ||
        [ "$(sql "$db" "select count(*) from res_users where login = 'agent'")" = 1 ] ||
        { note "the demo data was not loaded: see the log" && return 1; }
    set_database_comment "$db" ready "$DEMO"
}

drop_database() {
    sql postgres "set client_min_messages = warning;
                  drop database if exists :\"name\" with (force)" -v name="$1" ||
        die "the database $1 could not be dropped"
    rm -rf "$LOCAL/data/filestore/$1"
}
