# shellcheck shell=bash
# Databases with the addon in them, for script/run and script/test.
# PostgreSQL's comment on a database tells what is in it. It is set to "ready" last,
# so a half-made database is known as such:
#   complaint_management: ready|building FINGERPRINT demo|no-demo CHECKOUT

database_comment() {
    sql postgres "select coalesce(shobj_description(oid, 'pg_database'), '-')
                  from pg_database where datname = :'name'" -v name="$1"
}
set_database_comment() { # DB STATE DEMO
    sql postgres "comment on database :\"name\" is :'text'" -v name="$1" \
        -v text="$ADDON: $2 $(fingerprint) $3 $ROOT"
}

# Changes with the addon's files and with Odoo's version. Tests need no update.
fingerprint() {
    (
        cd "$ROOT"
        cat "$(odoo_path)/odoo/release.py" "$LOCAL/odoo/version" 2>/dev/null || true
        find "$ADDON" -type f -not -path '*/tests/*' -not -name '*.pyc' -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum
    ) | sha256sum | cut -c1-16
}

# Make sure that DB has the addon as its files are now, with "demo" data or "no-demo".
prepare_database() {
    local db=$1 demo=$2 state found had_demo checkout
    [[ $db =~ ^[a-z][a-z0-9_-]{0,62}$ ]] ||
        die "'$db' is no good name for a database" "Use a-z, 0-9, _ and -, a letter first."
    read -r _ state found had_demo checkout <<<"$(database_comment "$db")" || true
    if [ -n "$(database_comment "$db")" ]; then
        [ "${checkout:-}" = "$ROOT" ] ||
            die "the database '$db' was not made by this checkout: it stays untouched" \
                "Name another one with --db, or drop it yourself: dropdb $db"
    fi
    if [ "${state:-}" != ready ] || [ -n "${RESET:-}" ]; then
        create_database "$db" "$demo"
    elif [ ! -d "$LOCAL/data/filestore/$db" ]; then
        note "the files that belong to the database $db are gone"
        create_database "$db" "$demo"
    else
        [ "$had_demo" = "$demo" ] || note "$db was made with $had_demo data and keeps it; --reset makes it anew"
        DEMO=$had_demo
        [ "$found" = "$(fingerprint)" ] || update_database "$db" "$had_demo"
    fi
}

create_database() {
    local db=$1 demo=$2 with=()
    drop_database "$db"
    step "Installing the addon into a new database, $db (about a minute)"
    sql postgres "create database :\"name\" template template0 encoding 'UTF8' lc_collate 'C'" \
        -v name="$db" || die "PostgreSQL made no database $db" "May the role create databases?"
    set_database_comment "$db" building "$demo"
    [ "$demo" = no-demo ] || with=(--with-demo)
    if ! log_to "install-$db.log" odoo -c "$CONFIG" -d "$db" --init "$ADDON" \
        "${with[@]}" --stop-after-init --no-http || ! database_works "$db" "$demo"; then
        die "the addon could not be installed" "The whole log: $LOGS/install-$db.log"
    fi
    set_database_comment "$db" ready "$demo"
}

update_database() {
    local db=$1 demo=$2
    step "Updating the addon in the database $db"
    if ! log_to "update-$db.log" odoo -c "$CONFIG" -d "$db" --update "$ADDON" \
        --stop-after-init --no-http || ! database_works "$db" "$demo"; then
        [ -n "${REMAKE:-}" ] || die "the addon could not be updated in $db" \
            "The whole log: $LOGS/update-$db.log" "With --reset the database is made anew."
        note "the update failed: making the database anew"
        create_database "$db" "$demo"
        return
    fi
    set_database_comment "$db" ready "$demo"
}

# Odoo ends well even where a module was not found or its demo data not loaded.
database_works() {
    local db=$1 demo=$2
    [ "$(sql "$db" "select state from ir_module_module where name = '$ADDON'")" = installed ] || {
        note "Odoo did not install $ADDON"
        return 1
    }
    [ "$demo" = no-demo ] ||
        [ "$(sql "$db" "select count(*) from res_users where login = 'agent'")" = 1 ] || {
        note "the demo data was not loaded: see the log"
        return 1
    }
}

drop_database() {
    sql postgres "drop database if exists :\"name\" with (force)" -v name="$1" 2>/dev/null ||
        die "the database $1 could not be dropped"
    rm -rf "$LOCAL/data/filestore/$1"
}
