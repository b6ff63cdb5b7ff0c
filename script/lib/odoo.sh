# shellcheck shell=bash
# Odoo 19: the source given in ODOO_HOME, or Debian's package of it.

# The folder that holds the Python package "odoo".
odoo_path() { realpath -m "${ODOO_HOME:-$LOCAL/odoo/usr/lib/python3/dist-packages}"; }
odoo() { "$VENV/bin/python" -m odoo "$@"; }

odoo_source() {
    if [ -n "${ODOO_HOME:-}" ]; then
        grep -qs '^version_info = (19, 0' "$ODOO_HOME/odoo/release.py" ||
            die "ODOO_HOME=$ODOO_HOME is no source of Odoo 19.0" \
                "It is the folder that has odoo/release.py, as a clone of Odoo has."
    elif [ ! -e "$LOCAL/odoo/version" ]; then
        download_odoo
    fi
}

# Debian's unstable suite has Odoo 19, made for a later Debian than this one. So it
# is downloaded and unpacked here, with an apt configuration of our own: the
# system's sources stay as they are, and Debian's key proves what comes in.
download_odoo() {
    local part=$LOCAL/odoo.part site version known
    site=$(mirror)
    step "Downloading Odoo 19 (120 MB)"
    rm -rf "$LOCAL/odoo" "$part"
    mkdir -p "$part/lists/partial" "$part/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "$site unstable main" >"$part/sources.list"
    local apt=(apt-get -o Dir::Etc::SourceList="$part/sources.list"
        -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$part/lists"
        -o Dir::Cache="$part" -o Acquire::Languages=none -o APT::Sandbox::User=)
    if ! log_to odoo-lists.log "${apt[@]}" update --error-on=any ||
        ! (cd "$part" && log_to odoo-download.log "${apt[@]}" download odoo-19); then
        die "Odoo 19 could not be downloaded from $site" \
            "Is the network up? DEBIAN_MIRROR=URL names another mirror of Debian," \
            "ODOO_HOME=FOLDER a source of Odoo 19 that you have already."
    fi
    version=$(dpkg-deb -f "$part"/odoo-19_*.deb Version)
    known=$(cat "$ROOT/script/odoo-version")
    [ "$version" = "$known" ] ||
        note "this is $version; the addon was tried with $known (script/odoo-version)"
    step "Unpacking Odoo $version"
    dpkg-deb -x "$part"/odoo-19_*.deb "$part/tree"
    complete_odoo "$part/tree"
    mv "$part/tree" "$LOCAL/odoo"
    echo "$version" >"$LOCAL/odoo/version" # last: it says that all is there
    rm -rf "$part"
}

# What Debian's package needs to work from a folder.
complete_odoo() {
    local python=$1/usr/lib/python3/dist-packages share blur
    # A second, partial copy of the addons that would hide the first.
    rm -rf "$python"/{addons,doc,setup}
    # pip would add these two where it installs an addon: the one breaks Odoo in its
    # last version, the other has to be compiled. requirements.txt has their stand-ins.
    sed -i -e 's/^\(Requires-Dist: \)PyPDF2/\1pypdf/' \
        -e 's/^\(Requires-Dist: \)psycopg2/\1psycopg2-binary/' \
        "$python"/odoo-*.egg-info/PKG-INFO
    # Its relative links lead to these folders of the system.
    for share in javascript fonts fonts-font-awesome; do
        ln -s "/usr/share/$share" "$1/usr/share/$share"
    done
    # Left out by Debian (it blurs the background of video calls). Its absence is
    # an error in the console of each page, which fails every test with a browser.
    blur=$python/odoo/addons/mail/static/lib/selfie_segmentation
    mkdir -p "$blur"
    [ -e "$blur/selfie_segmentation.js" ] ||
        echo "/* not in Debian */" >"$blur/selfie_segmentation.js"
}

# The Debian mirror that this machine's apt uses already.
mirror() {
    local site release
    release=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
    # shellcheck disable=SC2016  # apt fills these in
    site=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' |
        awk -v release="$release" '$3 == "main" && $1 !~ /security/ &&
            ($2 == release || $2 ~ /stable$|testing/) && !found++ {print $1}')}
    [ -n "$site" ] ||
        die "apt's sources name no mirror of Debian" \
            "DEBIAN_MIRROR=URL says where to get Debian's package of Odoo 19," \
            "ODOO_HOME=FOLDER which source of Odoo 19 to use instead."
    echo "$site"
}

# Written anew each time: it follows ODOO_HOME. How to reach PostgreSQL is not in
# it: Odoo takes that from the environment, so that no password lies on the disk.
configuration() {
    local addons
    addons=$(odoo_path)/odoo/addons
    [ ! -d "$(odoo_path)/addons" ] || addons+=,$(odoo_path)/addons
    cat >"$CONFIG" <<EOF
[options]
addons_path = $addons,$ROOT
data_dir = $LOCAL/data
list_db = False
workers = 0
max_cron_threads = 1
EOF
}
