#!/bin/sh
# Puts the files of a seed into a workspace at every start of a pod, before the agent runs.
#
# Needs a POSIX sh with printf built in (dash, busybox sh, bash), cp, mv, rm, mkdir, rmdir; chmod only where a directory
# was made unwritable. Writes to SEED_TARGET and SEED_RECORD, nowhere else. All three directories are absolute paths.
#
#   SEED_SOURCE  the seed
#   SEED_RECORD  owned by this script. Keeps `files`, what the seed put into the workspace, directories ending in /, and
#                `set-aside/<number>/`, what was in its way. The directory above it is trusted, what that holds is not.
#   SEED_TARGET  the workspace, made when missing; whatever no seed put there is state. Beside SEED_RECORD or deeper, in
#                the same mount: between two mounts, even of one volume (subPath), mv copies.
#   SEED_LINKS   follow: the source is a ConfigMap mount, with its links; refuse: a symlink in the seed is an error
#
# Stages everything, removes what left the seed, sets aside what is in the way, writes the record, renames into place:
# in this order a kill at any point leaves each file old or new, and the next run knows what is the seed's.
set -eu
export LC_ALL=C
nl='
'

fail() {
  printf 'seed: %s\n' "$1" >&2
  exit 1
}

refuse() {
  printf 'seed: refused: %s\n' "$1" >&2
  refused=1
}

list() { printf '%s\n' "$1" || fail "cannot write in $record"; }

# An absolute path without empty, . or .. components and without control characters.
plain() {
  case $1 in *//* | */ | */. | */.. | */./* | */../* | *[[:cntrl:]]*) return 1 ;; /*) ;; *) return 1 ;; esac
}

directory() { [ -d "$1" ] && [ ! -h "$1" ]; }
present() { [ -e "$1" ] || [ -h "$1" ]; }
# Where chmod fails, whatever needed it fails next and says so.
unlock() { if [ ! -w "$1" ] || [ ! -x "$1" ]; then chmod u+rwx "$1" 2>/dev/null || :; fi; }
discard() {
  rm -rf "$1" 2>/dev/null && return
  chmod -R u+rwx "$1" 2>/dev/null || :
  rm -rf "$1"
}

# Makes $1, SEED_RECORD or in it, a directory that can be written.
own() {
  directory "$1" || rm -f "$1"
  mkdir -p "$1"
  unlock "$1"
}

# Renames $1 into the record, whatever it is: a link is moved, not followed.
set_aside() {
  own "$record/set-aside"
  n=1
  while present "$record/set-aside/$n"; do n=$((n + 1)); done
  mkdir "$record/set-aside/$n"
  # rename(2) demands a writable directory when its parent changes.
  if directory "$1"; then unlock "$1"; fi
  mv -f "$1" "$record/set-aside/$n/"
  printf 'seed: %s was in the way, now in %s\n' "$1" "$record/set-aside/$n" >&2
}

# Stages what is below $1 (empty, or ending in /) and lists its paths, a directory before its content.
stage() {
  if [ ! -r "$source/$1" ] || [ ! -x "$source/$1" ]; then refuse "directory '$1' cannot be read"; fi
  for path in "$source/$1"* "$source/$1".[!.]* "$source/$1"..?*; do
    name=${path#"$source"/}
    if ! plain "/$name"; then
      refuse "a name in directory '$1' has a control character"
    elif [ -h "$path" ]; then
      refuse "'$name' is a symlink"
    elif [ -d "$path" ]; then
      mkdir "$stage/tree/$name"
      list "$name/"
      stage "$name/"
    elif [ -f "$path" ]; then
      cp "$path" "$stage/tree/$name"
      list "$name"
      placed=$((placed + 1))
    elif [ -e "$path" ]; then
      refuse "'$name' is neither a file nor a directory"
    fi
  done
}

staged() { case $1 in */) [ -d "$stage/tree/$1" ] ;; *) [ -f "$stage/tree/$1" ] ;; esac }
known() { case $known in *"$nl$1$nl"*) ;; *) return 1 ;; esac }

# Whether each directory above $1 in the workspace is a real one: a link would lead out of it.
reachable() {
  at=$target
  rest=${1%/}
  while [ "$rest" != "${rest#*/}" ]; do
    at=$at/${rest%%/*}
    rest=${rest#*/}
    directory "$at" || return 1
    unlock "$at"
  done
}

source=${SEED_SOURCE-} target=${SEED_TARGET-} record=${SEED_RECORD-}
for path in "$source" "$target" "$record"; do
  plain "$path" || fail 'SEED_SOURCE, SEED_TARGET and SEED_RECORD must be absolute paths, without . or .. or a final /'
done
volume=${record%/*}
case $target/ in "$record"/*) fail 'SEED_TARGET must be outside SEED_RECORD' ;; esac
case $target in "$volume"/*) ;; *) fail 'SEED_TARGET must be below the directory that holds SEED_RECORD' ;; esac
[ -d "$source" ] || fail "SEED_SOURCE $source is not a directory"
case ${SEED_LINKS-} in
  refuse) ;;
  # The kubelet's links all lead through ..data, which it swaps: resolved once, the seed is of one version.
  follow) if [ -d "$source/..data" ]; then source=$(cd -P "$source/..data" && pwd -P); fi ;;
  *) fail 'SEED_LINKS must be follow or refuse' ;;
esac

own "$record"
stage=$record/stage
discard "$stage"
mkdir "$stage" "$stage/tree"
trap 'rm -rf "$stage"' EXIT
refused='' placed=0 removed=0
stage '' >"$stage/paths"
[ -z "$refused" ] || fail 'nothing was changed'
[ "$placed" -gt 0 ] || fail "SEED_SOURCE $source has no file"

at=$volume
while [ "$at" != "$target" ]; do
  rest=${target#"$at"/}
  at=$at/${rest%%/*}
  if present "$at" && ! directory "$at"; then set_aside "$at"; fi
  mkdir -p "$at"
  unlock "$at"
done
if [ ! -f "$record/files" ] || [ ! -r "$record/files" ]; then
  discard "$record/files"
  : >"$record/files"
fi

known=$nl
while IFS= read -r line; do
  path=$target/${line%/}
  if ! plain "/${line%/}"; then
    continue
  elif staged "$line"; then
    known "$line" || known=$known$line$nl
  elif ! reachable "$line" || [ -h "$path" ]; then
    continue
  elif [ "$line" != "${line%/}" ]; then
    rmdir "$path" 2>/dev/null || :
  elif [ -f "$path" ]; then
    rm -f "$path"
    removed=$((removed + 1))
  fi
done <"$record/files"

files=''
while IFS= read -r line; do
  path=$target/${line%/}
  if [ "$line" = "${line%/}" ]; then
    if present "$path" && { [ -h "$path" ] || [ ! -f "$path" ] || ! known "$line"; }; then set_aside "$path"; fi
  elif directory "$path"; then
    unlock "$path"
    # A directory that no seed made is not the seed's to remove.
    known "$line" || continue
  elif present "$path"; then
    set_aside "$path"
  fi
  # In reverse, so that the reader above meets the content of a directory before the directory.
  files=$line${files:+$nl$files}
done <"$stage/paths"
list "$files" >"$stage/files"
mv -f "$stage/files" "$record/files"

while IFS= read -r line; do
  case $line in
    */) directory "$target/${line%/}" || mkdir "$target/$line" ;;
    *) mv -f "$stage/tree/$line" "$target/$line" ;;
  esac
done <"$stage/paths"
printf 'seed: %s files in place, %s removed\n' "$placed" "$removed"
