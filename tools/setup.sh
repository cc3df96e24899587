#!/usr/bin/env bash
# Installs what is missing: system programs by apt (or brew), Python parts from the hashed lock into
# a virtual environment. A stamp on the lock's hash makes the second time a matter of a moment.
# Arguments: further programs that are wanted, whose packages have their names.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3} VENV=${VENV:-.venv} STAMP=${STAMP:-.venv/.installed}

say() { printf '%s\n' "$*" >&2; }

python_ok() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }
venv_ok() { "$1" -c 'import venv, ensurepip' 2>/dev/null; }
pick_python() {
  local name
  for name in "$PYTHON" python3.13 python3.12 python3.11; do
    if command -v "$name" >/dev/null && python_ok "$name"; then PYTHON=$name; return 0; fi
  done
  return 1
}
font_here() { compgen -G '/usr/share/sounds/sf2/*.sf2' >/dev/null || [ -n "${HUMBAND_SOUNDFONT:-}" ]; }

# Draws the PDF of a sheet; Debian's ffmpeg brings it along.
cairo_here() { "$PYTHON" -c 'import ctypes.util as u, sys; sys.exit(not u.find_library("cairo"))' 2>/dev/null; }

missing_packages() {
  command -v ffmpeg >/dev/null || echo ffmpeg
  command -v fluidsynth >/dev/null || echo fluidsynth
  [ "$(uname)" = Darwin ] || font_here || echo fluid-soundfont-gm
  cairo_here || { [ "$(uname)" = Darwin ] && echo cairo || echo libcairo2; }
  if ! pick_python; then echo python3 python3-venv
  elif ! venv_ok "$PYTHON"; then echo python3-venv; fi
}

install_packages() {
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  if command -v apt-get >/dev/null; then
    say "Installing $* ..."
    local quiet; quiet=$(mktemp)
    { "${root[@]}" apt-get update -qq && "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@"; } >"$quiet" 2>&1 \
      || { cat "$quiet" >&2; say "apt-get could not install: $*"; exit 1; }
    rm -f "$quiet"
  elif command -v brew >/dev/null; then
    local formulas=("${@/python3-venv/python@3.13}")
    brew install "${formulas[@]/fluidsynth/fluid-synth}"
  else
    say "Please install these with your system's package manager, then try again: $*"
    exit 1
  fi
}

packages=$(missing_packages; for program in "$@"; do command -v "$program" >/dev/null || echo "$program"; done)
# shellcheck disable=SC2086 - one word a package
[ -z "$packages" ] || install_packages $packages
pick_python || { say "Humband needs Python 3.11, 3.12 or 3.13; please install one of them."; exit 1; }

wanted="$("$PYTHON" -c 'import sys; print(sys.version_info[:2])') $(cat requirements-dev.lock pyproject.toml | cksum)"
[ "$(cat "$STAMP" 2>/dev/null)" = "$wanted" ] && [ -x "$VENV/bin/humband" ] && exit 0

say "Setting up $VENV (a minute or two, once) ..."
[ -x "$VENV/bin/python" ] && [ "$("$VENV/bin/python" -c 'import sys; print(sys.version_info[:2])')" \
  = "${wanted%%)*})" ] || "$PYTHON" -m venv --clear "$VENV"
rm -f "$STAMP"
"$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
# Editable, and without build isolation: setuptools is already there, so nothing else is fetched.
"$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --editable .
printf '%s' "$wanted" >"$STAMP"
