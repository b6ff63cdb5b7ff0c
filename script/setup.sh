# shellcheck shell=bash
# The steps of script/setup. Each one leaves at once when its work is done, and
# writes its mark last, so that an interrupted one is simply made again.

# --- Debian's packages -------------------------------------------------------

packages() {
    # libjs and fonts: Debian's Odoo links to them; without jQuery no page opens.
    local want=(ca-certificates libmagic1 wkhtmltopdf
        libjs-jquery libjs-jquery-form libjs-underscore fonts-dejavu-core
        fonts-font-awesome fonts-inconsolata fonts-roboto-unhinted)
    local missing=() name
    own_postgres && want+=(postgresql-client) || want+=(postgresql)
    [ -n "${PYTHON:-}" ] || want+=(python3-venv)
    [ -z "$DEV" ] || want+=(chromium shellcheck)
    for name in "${want[@]}"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null |
            grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    step "Installing Debian packages: ${missing[*]}"
    # A broken third-party source must not stop us: the install tells.
    log_to apt-update.log as_root apt-get update || note "apt-get update had errors"
    log_to apt-install.log as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${missing[@]}" ||
        die "the packages could not be installed: ${missing[*]}" \
            "Is the network up? Does 'apt-get update' work on this machine?"
}

# --- Odoo ----------------------------------------------------------------------

# Debian's unstable suite has Odoo 19, made for a later Debian than this one: so
# it is downloaded and unpacked here, with an apt configuration of our own. The
# system's sources stay as they are; Debian's key checks what comes in.
odoo_source() {
    if [ -n "${ODOO_HOME:-}" ]; then
        [ -f "$ODOO_HOME/odoo/release.py" ] ||
            die "ODOO_HOME=$ODOO_HOME is no Odoo source: it has no odoo/release.py"
        grep -q '^version_info = (19, 0' "$ODOO_HOME/odoo/release.py" ||
            die "ODOO_HOME=$ODOO_HOME is not Odoo 19.0"
        return 0
    fi
    [ ! -e "$LOCAL/odoo/version" ] || return 0
    step "Downloading Odoo 19 (120 MB)"
    rm -rf "$LOCAL/odoo" "$LOCAL/odoo.part"
    local part=$LOCAL/odoo.part version known
    mkdir -p "$part/apt/lists/partial" "$part/apt/archives/partial" "$part/tree/usr/share"
    local apt=(-o Dir::Etc::SourceList="$part/apt/sources.list"
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$part/apt/lists"
        -o Dir::Cache="$part/apt" -o Acquire::Languages=none -o APT::Sandbox::User=)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$(mirror) unstable main" >"$part/apt/sources.list"
    log_to odoo-apt.log apt-get "${apt[@]}" update &&
        (cd "$part/apt" && log_to odoo-apt.log apt-get "${apt[@]}" download odoo-19) ||
        die "Odoo 19 could not be downloaded from $(mirror)" \
            "Is the network up? DEBIAN_MIRROR=URL names another Debian mirror," \
            "ODOO_HOME=DIRECTORY an Odoo 19 source that you have already."
    version=$(dpkg-deb -f "$part"/apt/odoo-19_*.deb Version)
    known=$(cat "$ROOT/script/odoo-version")
    [ "$version" = "$known" ] ||
        note "Odoo $version; this addon was last tried with $known (script/odoo-version)"
    step "Unpacking Odoo $version"
    dpkg-deb -x "$part"/apt/odoo-19_*.deb "$part/tree"
    # Debian's package has a second, partial copy of the addons: it would shadow them.
    rm -rf "$part"/tree/usr/lib/python3/dist-packages/{addons,doc,setup}
    # A library that Debian leaves out (it blurs the background of video calls):
    # its absence is an error in the console of every page, and fails browser tours.
    local lib=$part/tree/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib
    mkdir -p "$lib/selfie_segmentation"
    [ -e "$lib/selfie_segmentation/selfie_segmentation.js" ] ||
        echo "/* left out by Debian */" >"$lib/selfie_segmentation/selfie_segmentation.js"
    # Its relative links lead to these folders of the system.
    local shared
    for shared in javascript fonts fonts-font-awesome; do
        ln -s "/usr/share/$shared" "$part/tree/usr/share/$shared"
    done
    rm -rf "$part/apt"
    mv "$part/tree" "$LOCAL/odoo"
    rmdir "$part"
    echo "$version" >"$LOCAL/odoo/version"
}

# The Debian mirror that this machine's apt uses already.
mirror() {
    if [ -n "${DEBIAN_MIRROR:-}" ]; then
        echo "$DEBIAN_MIRROR"
        return
    fi
    local site
    site=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' |
        awk -v release="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" \
            '$3 == "main" && $1 !~ /security/ && ($2 == release || $2 ~ /stable$/) {print $1; exit}')
    [ -n "$site" ] ||
        die "apt's sources name no Debian mirror" \
            "DEBIAN_MIRROR=URL tells where to get Debian's package of Odoo 19," \
            "ODOO_HOME=DIRECTORY which Odoo 19 source to use instead."
    echo "$site"
}

# --- the virtual environment ---------------------------------------------------

environment() {
    local python mark files=(requirements.txt)
    [ -z "$DEV" ] || files+=(requirements-dev.txt)
    # The mark tells what is inside; a set for development does for running, too.
    mark=$(cd "$ROOT" && cat requirements.txt requirements-dev.txt | sha256sum | cut -c1-16)
    if ! grep -qsx "$mark" "$VENV/made"; then
        python=$(find_python)
        step "Making the virtual environment ($("$python" --version))"
        rm -rf "$VENV"
        log_to venv.log "$python" -m venv "$VENV" ||
            die "'$python -m venv' failed" "Debian's package python3-venv brings it."
    fi
    if ! grep -qsx "${DEV:-run}" "$VENV/made" && ! grep -qsx 1 "$VENV/made"; then
        step "Installing Python packages: ${files[*]}"
        (cd "$ROOT" && log_to pip.log "$VENV/bin/pip" install --disable-pip-version-check \
            --no-input "${files[@]/#/--requirement=}") ||
            die "the Python packages could not be installed" "Is the network up?"
        printf '%s\n' "$mark" "${DEV:-run}" >>"$VENV/made"
    fi
    # Makes "import odoo" work, and shows it to pip.
    odoo_path >"$(echo "$VENV"/lib/python3.*/site-packages)/odoo-source.pth"
}

find_python() {
    local python
    for python in "${PYTHON:-}" python3.11 python3 /usr/bin/python3; do
        [ -n "$python" ] && command -v "$python" >/dev/null || continue
        if "$python" -c 'import sys, ensurepip; sys.exit(not (3, 10) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$python"
            return
        fi
        [ -z "${PYTHON:-}" ] || break
    done
    die "no suitable Python: Odoo 19 needs Python 3.10 to 3.13, with venv" \
        "PYTHON=/path/to/python3.11 tells which one to use (found: $(python3 --version 2>&1))."
}

# --- PostgreSQL ----------------------------------------------------------------

postgres() {
    if own_postgres; then
        psql -qAt -d postgres -c 'select 1' >/dev/null ||
            die "no connection to PostgreSQL on PGHOST=$PGHOST" \
                "Check PGHOST, PGPORT, PGUSER and PGPASSWORD; unset PGHOST for a local server."
    else
        [ "$(id -un)" != postgres ] || die "do not run this as the user postgres"
        local version name status
        [ -n "$(local_cluster)" ] || log_to postgres.log as_root pg_createcluster \
            "$(pg_lsclusters --no-header >/dev/null; ls /usr/lib/postgresql | sort -n | tail -1)" main
        read -r version name _ status _ <<<"$(local_cluster)"
        if [[ $status != online* ]]; then
            step "Starting PostgreSQL $version"
            log_to postgres.log as_root pg_ctlcluster "$version" "$name" start ||
                die "PostgreSQL $version/$name does not start" \
                    "Its own log is in /var/log/postgresql."
        fi
        pg_environment
        if ! psql -qAt -d postgres -c 'select 1' >/dev/null 2>&1; then
            step "Making the database role $(id -un)"
            log_to postgres.log as_postgres createuser -p "$PGPORT" --superuser "$(id -un)" ||
                die "PostgreSQL let us make no role $(id -un)"
        fi
    fi
    [ "${PGUSER:-}" != postgres ] ||
        die "Odoo refuses to work as the database user 'postgres'" \
            "Make another role (createuser --createdb NAME) and name it in PGUSER."
}

# --- Odoo's configuration --------------------------------------------------------

# Written anew each time: its paths follow ODOO_HOME. PGHOST and the like are not
# in it: Odoo reads them from the environment, and no password lies on the disk.
configuration() {
    cat >"$CONFIG" <<EOF
[options]
addons_path = $(addons_path)
data_dir = $LOCAL/data
list_db = False
workers = 0
max_cron_threads = 1
without_demo = True
EOF
}
