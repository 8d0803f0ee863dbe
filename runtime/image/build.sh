#!/usr/bin/env bash
# Builds the agent's image from what is checked out, with the time of the last commit:
#   build.sh [--base REFERENCE|debian] [--no-cache] [FOLDER]
# Writes FOLDER/chitin-runtime.tar, an OCI archive, and FOLDER/chitin-runtime.cdx.json, its bill of materials; prints the
# archive and the image's digest. FOLDER is ../build/runtime-image by default. Needs buildah, or docker with buildx.
# `--base debian` takes no image from anywhere, and needs buildah and what image/base.sh needs.
set -euo pipefail
runtime=$(cd "$(dirname "$0")/.." && pwd)
name=localhost/chitin-runtime:build
base='' cache=() folder=''
while [ $# -gt 0 ]; do
  case $1 in
    --base) base=${2:?--base needs a reference, or debian}; shift ;;
    --no-cache) cache=(--no-cache) ;;
    -*) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) folder=$1 ;;
  esac
  shift
done
folder=${folder:-$runtime/../build/runtime-image}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

revision=$(git -C "$runtime" rev-parse HEAD)
[ -z "$(git -C "$runtime" status --porcelain -- .)" ] || revision+=-dirty
SOURCE_DATE_EPOCH=$(git -C "$runtime" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$runtime/package.json")
options=("${cache[@]}" --file "$runtime/Containerfile"
  --label "org.opencontainers.image.version=$version"
  --label "org.opencontainers.image.revision=$revision"
  --label "org.opencontainers.image.created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)")
secret() { # ID FILE – that only the step which asks for it sees
  [ ! -f "$2" ] || options+=(--secret "id=$1,src=$2")
}
secret npmrc "$(npm config get userconfig)"
secret ca "${NODE_EXTRA_CA_CERTS:-}"

if command -v buildah >/dev/null; then
  # Without an OCI runtime buildah can still run the steps.
  command -v crun >/dev/null || command -v runc >/dev/null || export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}
  if [ "$base" = debian ]; then
    "$runtime/image/base.sh" "$work/root"
    base=localhost/chitin-runtime:base
    container=$(buildah from scratch)
    buildah copy --quiet "$container" "$work/root" / >/dev/null
    rm -rf "$work/root"
    buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    buildah commit --quiet --rm --timestamp "$SOURCE_DATE_EPOCH" "$container" "$base" >/dev/null
  fi
  [ -z "$base" ] || options+=(--build-arg "BASE=$base")
  options+=(--layers --timestamp "$SOURCE_DATE_EPOCH" --identity-label=false)
  buildah build --quiet "${options[@]}" --target parts --output "type=local,dest=$work/parts" "$runtime" >&2
  buildah build --quiet "${options[@]}" --tag "$name" "$runtime" >&2
  rm -f "$folder/chitin-runtime.tar"
  buildah push --quiet --digestfile "$work/digest" "$name" "oci-archive:$folder/chitin-runtime.tar"
  digest=$(cat "$work/digest")
elif docker buildx version >/dev/null 2>&1; then
  [ "$base" != debian ] || { echo "--base debian needs buildah" >&2; exit 1; }
  [ -z "$base" ] || options+=(--build-arg "BASE=$base")
  options+=(--provenance=false)
  docker buildx build --quiet "${options[@]}" --target parts --output "type=local,dest=$work/parts" "$runtime" >&2
  docker buildx build "${options[@]}" --metadata-file "$work/metadata" \
    --output "type=oci,dest=$folder/chitin-runtime.tar,name=$name,rewrite-timestamp=true" "$runtime" >&2
  digest=$(sed -n 's/^ *"containerimage.digest": "\(.*\)",\{0,1\}$/\1/p' "$work/metadata")
else
  echo "neither buildah nor docker with buildx is on the PATH" >&2
  exit 1
fi
install -m 0644 "$work/parts/sbom.cdx.json" "$folder/chitin-runtime.cdx.json"
echo "$folder/chitin-runtime.tar $digest"
