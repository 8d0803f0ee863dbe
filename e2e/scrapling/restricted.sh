#!/bin/sh
# Becomes the process of a container under Pod Security "restricted": read-only root, uid and gid 65534, no
# capabilities, no new privileges. Call it as root, as first process of new mount, network and PID namespaces.
#   restricted.sh ROOT VENV PREFIX FILES WORKDIR COMMAND...
# ROOT      an empty folder, which becomes the root file system
# VENV      the Python environment that appears as /app/.venv
# PREFIX    where the interpreter of VENV is installed (sys.base_prefix)
# FILES     a folder that appears as /chitin, read-only
# WORKDIR   working directory of COMMAND
set -eu
root=$1 venv=$2 prefix=$3 files=$4 workdir=$5
shift 5

show() { # path: the host's path, read-only, at the same place
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
}

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$root"
for path in /usr /etc; do show "$path" "$path"; done
for path in /bin /sbin /lib /lib64 /lib32; do
  if [ -h "$path" ]; then cp -P "$path" "$root$path"; elif [ -d "$path" ]; then show "$path" "$path"; fi
done
case $prefix in /usr | /usr/*) ;; *) show "$prefix" "$prefix" ;; esac
show "$venv" /app/.venv
show "$files" /chitin
mkdir -p "$root/proc" "$root/dev" "$root/.host"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
for device in null zero random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ip link set lo up

cd "$root"
pivot_root . .host
umount -l /.host
mount -o remount,ro /
cd "$workdir"
unset PWD OLDPWD
# The change of user clears the signal that ends this process with its parent, so it is set again.
exec setpriv --pdeathsig KILL --reuid 65534 --regid 65534 --clear-groups \
  --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
