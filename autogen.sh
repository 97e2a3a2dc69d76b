#!/bin/sh
# Makes configure from configure.ac; the tree keeps no generated files.
set -e
cd "$(dirname "$0")"
mkdir -p m4 build-aux
exec autoreconf --install --force --warnings=all,no-obsolete
