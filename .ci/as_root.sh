#!/usr/bin/env bash
# Runs an apt-get command as root, with a fresh package list.
set -euo pipefail
root=()
[ "$(id -u)" -eq 0 ] || root=(sudo)
"${root[@]}" apt-get update
"${root[@]}" env DEBIAN_FRONTEND=noninteractive "$@"
