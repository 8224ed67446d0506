# in-overlay.sh LAYERS PACKAGE SCRIPT: installs PACKAGE over this machine's file system and runs SCRIPT there, in an
# overlay in the memory of LAYERS. To be run in mount and process namespaces of its own: with them all of it is gone.
set -eu
layers=$1
mount -t tmpfs tmpfs "$layers"
mkdir "$layers/upper" "$layers/work" "$layers/root"
cd "$layers/root"
cp "$2" "$layers/upper/package.deb"
cp "$3" "$layers/upper/script.sh"
mount -t overlay overlay -o "lowerdir=/,upperdir=$layers/upper,workdir=$layers/work" "$layers/root"
cd "$layers/root"
rm -rf var/lib/dunlin etc/dunlin
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs run
chmod 1777 tmp
export DEBIAN_FRONTEND=noninteractive
chroot . dpkg -i /package.deb >tmp/dpkg 2>&1 || {
  cat tmp/dpkg
  exit 1
}
exec chroot . /bin/sh /script.sh
