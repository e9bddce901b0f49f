#!/bin/sh
# Resolves every dependency anew and writes constraints.txt. Run it with the oldest Python that is supported, so that the pins
# which only old versions need are in it: PYTHON=python3.11 scripts/constraints.sh
set -eu
unset CDPATH PYTHONPATH PYTHONHOME
cd "$(dirname "$0")/.."

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"${PYTHON:-python3.11}" -m venv "$made/venv"
"$made/venv/bin/python" -m pip install --quiet --upgrade setuptools
"$made/venv/bin/python" -m pip install --quiet --no-build-isolation --editable '.[test,lint]'
{
    grep '^#' constraints.txt
    "$made/venv/bin/python" -m pip freeze --all --exclude-editable | grep -v '^pip==' | grep '=='
} >"$made/constraints.txt"
cp "$made/constraints.txt" constraints.txt
