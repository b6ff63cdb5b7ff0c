# shellcheck shell=bash
# Debian's packages: installs those that are missing.

packages() {
    # libjs and fonts: Debian's Odoo links to them; without jQuery no page opens.
    local want=(ca-certificates libmagic1 wkhtmltopdf
        libjs-jquery libjs-jquery-form libjs-underscore fonts-dejavu-core
        fonts-font-awesome fonts-inconsolata fonts-roboto-unhinted)
    local missing=() name
    if own_postgres; then
        command -v psql >/dev/null || want+=(postgresql-client)
    else
        want+=(postgresql)
    fi
    [ -n "${PYTHON:-}" ] || want+=(python3-venv)
    [ -z "$DEV" ] || want+=(chromium shellcheck)
    for name in "${want[@]}"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null |
            grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    need_root "to install the Debian packages ${missing[*]}"
    step "Installing Debian packages: ${missing[*]}"
    # A broken source of somebody else's must not stop us: the install will tell.
    log_to apt-update.log as_root apt-get update || note "apt-get update had errors"
    log_to apt-install.log as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${missing[@]}" ||
        die "the packages could not be installed: ${missing[*]}" \
            "Is the network up? Does 'apt-get update' work on this machine?"
}
