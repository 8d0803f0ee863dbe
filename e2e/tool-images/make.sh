#!/usr/bin/env bash
# Makes stand-ins for the images of three tools, with the real programs at the paths of the images:
#   make.sh FOLDER
# prints, for each, the OCI archive and the reference that it stands in for. Needs Linux on x64, root, buildah, npm, node,
# the kubectl of the PATH, and Debian's packages (apt-get); where an image registry can be reached, pull the images instead.
set -euo pipefail
out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

build() { # the tools have buildah's own storage for this run alone
  buildah --storage-driver vfs --root "$work/storage" --runroot "$work/run" "$@"
}
image() { # NAME REFERENCE PATH-VARIABLE – of the files below $work/NAME
  local container
  container=$(build from scratch)
  build copy --quiet "$container" "$work/$1" / >/dev/null
  build config --env "PATH=$3" "$container"
  rm -f "$out/$1.tar"
  build commit --quiet "$container" "oci-archive:$out/$1.tar" >/dev/null
  echo "$out/$1.tar $2"
}
packages() { # NAME PACKAGE... – unpacked below $work/NAME, without what their scripts would do
  mkdir -p "$work/debs-$1" "$work/$1"
  (cd "$work/debs-$1" && apt-get -qq -o APT::Sandbox::User=root download "${@:2}")
  for deb in "$work/debs-$1"/*.deb; do dpkg-deb --extract "$deb" "$work/$1"; done
}
with_dependencies() { # PACKAGE...
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" | grep '^[a-z]' | sort -u
}

read -r kubectl mcp headless < <("$here/../../node_modules/.bin/node" "$here/references.ts")

packages kubectl busybox-static
for applet in sh cp mv chmod cat ls sleep wget; do ln -s busybox "$work/kubectl/bin/$applet"; done
install -D -m 0755 "$(command -v kubectl)" "$work/kubectl/usr/local/bin/kubectl"
image kubectl "$kubectl" /usr/local/bin:/bin

(cd "$work" && npm pack --silent "kubernetes-mcp-server-linux-amd64@${mcp##*:v}" >/dev/null && tar -xzf kubernetes-mcp-server-*.tgz)
install -D -m 0755 "$work/package/bin/kubernetes-mcp-server-linux-amd64" "$work/kubernetes-mcp/app/kubernetes-mcp-server"
image kubernetes-mcp "$mcp" /

# Most of what Chromium depends on is libraries; bash asks the probe.
mapfile -t debs < <(with_dependencies chromium-headless-shell bash ca-certificates | grep -vxE 'debconf.*|perl.*|dpkg|systemd.*|init.*|cdebconf')
packages headless-shell "${debs[@]}"
mkdir -p "$work/headless-shell/headless-shell" "$work/headless-shell/tmp" "$work/headless-shell/dev"
ln -s /usr/lib/chromium/chromium-headless-shell "$work/headless-shell/headless-shell/headless-shell"
image headless-shell "$headless" /headless-shell:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
