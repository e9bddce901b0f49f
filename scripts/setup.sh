#!/bin/sh
# Makes .venv ready and says nothing if it is.
#
#   scripts/setup.sh [test|lint]      lint: with the linters as well
#   PYTHON=/path/to/python            use this interpreter instead of looking for one
#
# The stamp .venv/.set-up is written last. Without it .venv is unfinished and is made again; when pyproject.toml or
# constraints.txt changed, the packages are brought up to date; when the interpreter or the folder changed, .venv is made again.
# All of the network that this project's targets use is here.
set -eu
# What a user's own settings say about where to look or to install does not apply to a virtual environment.
unset CDPATH PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIREMENT
cd "$(dirname "$0")/.."
trap 'exit 130' INT
trap 'exit 143' TERM HUP

venv=.venv
stamp=$venv/.set-up
log=$venv/set-up.log
case ${1:-test} in
    test) extras='test' ;;
    lint) extras=test,lint ;;
    *) echo "usage: scripts/setup.sh [test|lint]" >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*" >&2; }

# Exits 0 if the interpreter will do; else says why not. Runs on any Python since 2.7.
probe='
import sys
if sys.version_info < (3, 11):
    sys.exit("is version %d.%d" % sys.version_info[:2])
for name in ("ensurepip", "venv", "sqlite3", "ssl"):
    try:
        __import__(name)
    except ImportError:
        sys.exit("has no module " + name)
'

# Where a set-up belongs: interpreter and folder; then what it holds.
place='
import os, sys
print(sys.version.split()[0], ascii(os.path.realpath(sys.base_prefix)), ascii(os.getcwd()))
'
contents='
import hashlib, pathlib
print(hashlib.sha256(b"".join(pathlib.Path(f).read_bytes() for f in ("pyproject.toml", "constraints.txt"))).hexdigest())
'

tried=''
refuse() { # candidate, reason
    tried="$tried
  $1: $2"
}

# Running a candidate is the only test: a shim of a version manager exists for versions that it cannot start.
fits() {
    command -v "$1" >/dev/null 2>&1 || return 1
    if reason=$("$1" -E -s -c "$probe" 2>&1); then
        return 0
    fi
    case $reason in
        'is version '* | 'has no module '*) refuse "$1" "$reason" ;;
        *) refuse "$1" "does not run" ;;
    esac
    return 1
}

# Every place of the PATH, not just the first: behind a shim that fails there may be one that works.
everywhere() { # name
    old_ifs=$IFS
    IFS=:
    for folder in $PATH; do
        IFS=$old_ifs
        if [ -x "${folder:-.}/$1" ] && [ ! -d "${folder:-.}/$1" ] && fits "${folder:-.}/$1"; then
            python=${folder:-.}/$1
            return 0
        fi
    done
    IFS=$old_ifs
    return 1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        fits "$PYTHON" && { python=$PYTHON; return; }
        say "PYTHON=$PYTHON cannot be used.${tried:- It is not there.}"
        say "It must be Python 3.11 or newer with the modules venv and ensurepip. Leave PYTHON out to have one looked for."
        exit 1
    fi
    for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
        everywhere "$candidate" && return
    done
    say "No Python 3.11 or newer was found that can make virtual environments."
    [ -z "$tried" ] || say "Tried:$tried"
    say "Debian, Ubuntu:  sudo apt install python3 python3-venv"
    say "macOS:           brew install python, or the installer from https://www.python.org/downloads/"
    say "Others:          https://www.python.org/downloads/"
    say "Then run make again. Another interpreter: make PYTHON=/path/to/python3 ..."
    exit 1
}

pip_install() {
    PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "$venv/bin/python" -m pip install --constraint constraints.txt "$@" >>"$log" 2>&1
}

# 1. Is it there already?
was_place='' was_contents='' was_extras=''
if [ -f "$stamp" ]; then
    { read -r was_place; read -r was_contents; read -r was_extras; } <"$stamp" || was_place=''
fi
if [ -n "$was_place" ] && [ "$("$venv/bin/python" -I -c "$place" 2>/dev/null)" = "$was_place" ] &&
    { [ -z "${PYTHON:-}" ] || [ "$("$PYTHON" -I -c "$place" 2>/dev/null)" = "$was_place" ]; }; then
    case ,$was_extras, in
        *",$extras,"*)
            [ "$("$venv/bin/python" -I -c "$contents")" = "$was_contents" ] && exit 0 ;;
    esac
    # 2. The right environment with something missing or old. Without its stamp until that is done.
    say "Bringing .venv up to date ..."
    [ "$was_extras" = test ] || extras=$was_extras
    mv "$stamp" "$stamp.old"
else
    # 3. None, a half-made one, or one for another interpreter or folder.
    find_python
    say "Setting up .venv with $("$python" -E -s --version 2>&1); this takes a minute or two ..."
    rm -rf "$venv"
    if ! made=$("$python" -I -m venv "$venv" 2>&1); then
        rm -rf "$venv"
        say "$made"
        say "The virtual environment could not be made with $python. On Debian and Ubuntu: sudo apt install python3-venv"
        exit 1
    fi
fi

# The build tool comes first, so that its version too is held and nothing is fetched unseen into a build environment.
: >"$log"
if ! { pip_install setuptools && pip_install --no-build-isolation --editable ".[$extras]"; }; then
    tail -n 12 "$log" >&2
    [ ! -f "$stamp.old" ] || mv "$stamp.old" "$stamp"
    say "The packages could not be installed (all of pip's output: $log). Is there a network, or a proxy to set? Then run make again."
    exit 1
fi

{
    "$venv/bin/python" -I -c "$place"
    "$venv/bin/python" -I -c "$contents"
    echo "$extras"
} >"$stamp.new"
rm -f "$stamp.old"
mv "$stamp.new" "$stamp"
