#!/bin/sh
# Copies what the agent's image has from Debian:  root.sh OUT
# Node, git for pull requests over HTTP, the libraries of both, and the authorities of TLS. No shell, no package manager.
# The licence of each package comes along, and its entry in dpkg's list, as distroless images have it, for scanners.
set -eu
out=$1

mkdir -p "$out/usr/bin" "$out/usr/lib" "$out/usr/lib64" "$out/usr/local/bin" "$out/var/lib/dpkg/status.d" "$out/etc/ssl/certs"
ln -s usr/bin "$out/bin"
ln -s usr/lib "$out/lib"
ln -s usr/lib64 "$out/lib64"
mkdir -m 1777 "$out/tmp"

take() { # FILE... – to the same path; a link as the file that it leads to
  for file; do
    mkdir -p "$out${file%/*}"
    cp -L "$file" "$out$file"
    owner=$(dpkg-query -S "$(realpath "$file")" 2>/dev/null || true)
    [ -z "$owner" ] || echo "${owner%%:*}" >>"$out.packages"
  done
}
libraries() { # PROGRAM...
  ldd "$@" | awk '$2 == "=>" && $3 ~ "^/" { print $3 } $1 ~ "^/" && $2 ~ "^[(]" { print $1 }' | sort -u
}

core=/usr/lib/git-core
take /usr/local/bin/node /usr/bin/git "$core/git-remote-http" $(libraries /usr/local/bin/node /usr/bin/git "$core/git-remote-http")
ln -s git-remote-http "$out$core/git-remote-https"
mkdir -p "$out/usr/share/git-core/templates"
take /etc/ssl/certs/ca-certificates.crt /etc/nsswitch.conf /usr/lib/os-release
ln -s ../usr/lib/os-release "$out/etc/os-release"
# Nobody owns the list of authorities and this file: the packages' scripts make them.
printf '%s\n' ca-certificates base-files >>"$out.packages"

printf 'root:x:0:0:root:/nonexistent:/nonexistent\nagent:x:65532:65532:agent:/nonexistent:/nonexistent\n' >"$out/etc/passwd"
printf 'root:x:0:\nagent:x:65532:\n' >"$out/etc/group"

for package in $(sort -u "$out.packages"); do
  dpkg-query --status "$package" >"$out/var/lib/dpkg/status.d/$package"
  take "/usr/share/doc/$package/copyright"
done
rm "$out.packages"
[ ! -f /usr/local/LICENSE ] || take /usr/local/LICENSE
