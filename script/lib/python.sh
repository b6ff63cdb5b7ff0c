# shellcheck shell=bash
# The virtual environment, with the versions that requirements*.txt pin.

environment() {
    local python made want=run pip
    [ -z "$DEV" ] || want=dev
    # Made for these versions at this place (its programs hold the place's name).
    made=$(cd "$ROOT" && (pwd && cat requirements*.txt) | sha256sum | cut -c1-16)
    if ! grep -qsx "$made" "$VENV/made" || ! "$VENV/bin/python" -c '' 2>/dev/null; then
        python=$(find_python)
        step "Making a virtual environment ($("$python" --version))"
        rm -rf "$VENV"
        log_to venv.log "$python" -m venv "$VENV" ||
            die "no virtual environment could be made: $python -m venv $VENV"
    fi
    # The set for development has the other one in it.
    if ! grep -qsxE "$want|dev" "$VENV/made"; then
        pip=("$VENV/bin/pip" install --disable-pip-version-check --no-input
            --requirement "$ROOT/requirements.txt")
        [ $want = run ] || pip+=(--requirement "$ROOT/requirements-dev.txt")
        step "Installing Python packages (for $want)"
        log_to pip.log "${pip[@]}" ||
            die "the Python packages could not be installed" "Is the network up?"
        printf '%s\n' "$made" "$want" >>"$VENV/made" # last: it says that all is there
    fi
    # Lets Python, and pip, find Odoo.
    odoo_path >"$(echo "$VENV"/lib/python3.*/site-packages)/odoo-source.pth"
}

find_python() {
    local name versions='sys.exit(not (3, 10) <= sys.version_info < (3, 14))'
    for name in ${PYTHON:-python3.11 python3 /usr/bin/python3}; do
        if "$name" -c "import sys, ensurepip; $versions" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    die "no suitable Python: Odoo 19 needs 3.10 to 3.13, with its module venv" \
        "Found: ${PYTHON:-python3} ($(${PYTHON:-python3} --version 2>&1 | head -n 1))." \
        "PYTHON=/path/to/python3.11 names the one to use."
}
