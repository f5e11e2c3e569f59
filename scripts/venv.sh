# Sourced by the scripts: makes .venv in the clone, and makes it anew when pyproject.toml has changed. No root needed.
# `maildesk_extra` names the extra of pyproject.toml to install: dev (all that the tests need, the default) or demo.

maildesk_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

maildesk_venv() {
    local extra="${maildesk_extra:-dev}" python stamp made
    stamp="$(cksum <pyproject.toml)"
    # What dev installs holds the demo's needs as well.
    for made in "$extra" dev; do
        if [ -x .venv/bin/python ] && [ "$(cat ".venv/maildesk-$made.stamp" 2>/dev/null)" = "$stamp" ]; then
            return 0
        fi
    done
    if [ ! -x .venv/bin/python ]; then
        python="$(maildesk_python)" || {
            echo "Python 3.11 or newer with its venv module is needed: apt-get install python3 python3-venv" >&2
            return 1
        }
        echo "Making a virtual environment in .venv with $python" >&2
        if ! "$python" -m venv .venv; then
            # A half-made one would be taken for a whole one next time.
            rm -rf .venv
            echo "$python could not make a virtual environment; name another one: PYTHON=/usr/bin/python3 $0" >&2
            return 1
        fi
    fi
    echo "Installing what is needed ($extra; a minute, the first time only)" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]" </dev/null || return 1
    echo "$stamp" >".venv/maildesk-$extra.stamp"
}

maildesk_venv || exit 1
