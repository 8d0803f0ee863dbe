#!/usr/bin/env bash
# Makes a root filesystem like the image that Containerfile names, for where no registry can be reached:
#   base.sh OUT
# Debian trixie by debootstrap, and Node and npm from npm, by the lockfile beside this script. Needs Linux, root, debootstrap
# and npm. DEBIAN_MIRROR names another mirror. Without Debian's security updates: for tests, not for publication.
set -euo pipefail
out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

wanted=$(sed -n 's/^ARG BASE=.*:\([0-9.]*\)-trixie.*$/\1/p' "$here/../Containerfile")
cp "$here"/base/package*.json "$work/"
npm ci --prefix "$work" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
node=$(echo "$work"/node_modules/node-linux-*)
version=$(sed -n 's/^ *"version": "\(.*\)".*$/\1/p' "$node/package.json")
[ "$version" = "$wanted" ] || { echo "Containerfile wants Node $wanted, image/base has $version" >&2; exit 1; }

# Packages are kept for the next time; debootstrap checks their sums.
packages=${XDG_CACHE_HOME:-$HOME/.cache}/chitin-runtime/debian
mkdir -p "$packages" "$out"
debootstrap --variant=minbase --include=ca-certificates,git,libatomic1,libstdc++6 --cache-dir="$packages" \
  trixie "$out" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >&2

# What the machine gave it stays here: its name, its resolver, its package lists.
rm -rf "$out/etc/hostname" "$out/etc/resolv.conf" "$out"/var/cache/apt/* "$out"/var/lib/apt/lists/* "$out"/var/log/*
install -m 0755 "$node/bin/node" "$out/usr/local/bin/node"
install -m 0644 "$node/LICENSE" "$out/usr/local/LICENSE"
mkdir -p "$out/usr/local/lib/node_modules"
cp -r "$work/node_modules/npm" "$out/usr/local/lib/node_modules/"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$out/usr/local/bin/npm"
