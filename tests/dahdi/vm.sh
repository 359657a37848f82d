#!/bin/bash
# Run a command in a machine with DAHDI's real kernel driver, without hardware: a Debian 12 kernel
# under qemu's software emulation, DAHDI's modules built from Debian's dahdi-dkms, two dynamic spans
# of 31 channels wired back to back (channel n to n+31). Its root is this machine's own "/", read-only
# by 9p under a tmpfs: the same Python, checkout and virtualenv at the same paths.
#
# The machine's time is its own: each instruction takes 4 ns, and where it has nothing to do it goes on
# to its next timer at once. A busy computer makes it slower, but nothing in it late; a wait in it costs
# nothing here. Only for files does it wait by this computer's clock, and its own runs on fast then.
#
#   vm.sh COMMAND [ARG...]     boot, make the spans, run COMMAND as root in the same directory
#
# Exit status: the command's; 125: the machine said nothing, or took longer than DAHDI_VM_TIMEOUT; 126:
# it cannot be made here (what is missing is said). What COMMAND writes below /out is in $DAHDI_VM_OUT
# afterwards. As many machines run at a time as there are processors, others wait. In the machine
# `dahdi_spans` makes, cuts and destroys spans (guest_spans.py), `dahdi_conf FILE` configures their
# channels (FILE has no dynamic= lines), `dahdi_module` inserts and removes modules.
#
# Environment: DAHDI_VM_DIR (default build/dahdi_vm: 400 MB, made once), DAHDI_VM_OUT (default a
# directory that is removed), DAHDI_VM_TIMEOUT (1800 s of this computer's).
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
W=${DAHDI_VM_DIR:-$ROOT/build/dahdi_vm}
LIMIT=${DAHDI_VM_TIMEOUT:-1800}
export PATH=$PATH:/sbin:/usr/sbin
X=$W/x
say() { echo "dahdi_vm: $*" >&2; }
cannot() { say "$*"; exit 126; }

[ $# -gt 0 ] || { say "usage: vm.sh COMMAND [ARG...]"; exit 2; }
for program in qemu-system-x86_64 cpio depmod make gcc-12; do
  command -v $program >/dev/null ||
    cannot "$program is missing: apt-get install qemu-system-x86 cpio kmod make gcc-12"
done
mkdir -p "$W/debs" "$X"
O=${DAHDI_VM_OUT:-$(mktemp -d)}
[ -n "${DAHDI_VM_OUT:-}" ] || trap 'rm -rf "$O"' EXIT
mkdir -p "$O"
exec 9>"$W/lock"
flock 9

newest() {
  apt-cache depends linux-image-amd64 2>/dev/null |
    sed -n 's/.*Depends: linux-image-\(.*\)-amd64$/\1/p' | head -1 || true
}

unpack() {
  local kernel
  kernel=$(newest)
  if [ -z "$kernel" ]; then
    timeout 600 apt-get -qq update || say "apt-get update failed"
    kernel=$(newest)
  fi
  [ -n "$kernel" ] || cannot "apt knows no linux-image-amd64: apt-get update (Debian 12)"
  say "unpacking Debian kernel $kernel, its headers and DAHDI (once)"
  (cd "$W/debs" && timeout 600 apt-get -qq -o APT::Sandbox::User=root download \
    "linux-image-$kernel-amd64" "linux-headers-$kernel-amd64" "linux-headers-$kernel-common" \
    linux-kbuild-6.1 busybox-static dahdi-dkms dahdi libtonezone2.0) ||
    cannot "apt-get could not download the kernel and DAHDI"
  for deb in "$W"/debs/*.deb; do dpkg -x "$deb" "$X"; done
  sed -i "s#/usr/src/#$X/usr/src/#" "$X/usr/src/linux-headers-$kernel-amd64/Makefile"
  echo "$kernel-amd64" >"$W/kver"
}

# The core, dynamic spans that are joined in the kernel, software echo cancellers. One word of the
# dynamic driver is changed, so that it lets 'mtp2=' be configured: the mode itself is the core's.
build() {
  local drivers=$W/src/drivers/dahdi
  say "building DAHDI's modules (once)"
  rm -rf "$W/src"
  cp -r "$X"/usr/src/dahdi-*/ "$W/src"
  cat >"$drivers/Kbuild" <<'KB'
dahdi-objs := dahdi-base.o dahdi-sysfs.o dahdi-sysfs-chan.o dahdi-version.o
obj-m := dahdi.o dahdi_dynamic.o dahdi_dynamic_loc.o dahdi_dynamic_eth.o
obj-m += dahdi_echocan_mg2.o dahdi_echocan_kb1.o dahdi_echocan_sec.o dahdi_echocan_sec2.o
obj-m += dahdi_echocan_jpah.o dahdi_echocan_oslec.o ../staging/echo/echo.o
KB
  sed -i 's/DAHDI_SIG_CAS;/DAHDI_SIG_CAS | DAHDI_SIG_MTP2;/' "$drivers/dahdi_dynamic.c"
  timeout 900 make -j"$(nproc)" -C "$X/usr/src/linux-headers-$K" M="$drivers" CC=gcc-12 \
    CFLAGS_MODULE="-DMODULE -DNEW_SKB_LINEARIZE -I$W/src/include -I$drivers" modules \
    >"$W/build.log" 2>&1 || cannot "the modules do not build: $W/build.log"
  touch "$W/built"
  rm -f "$W/initrd"
}

initrd() {
  local ramdisk=$W/ird
  rm -rf "$ramdisk"
  mkdir -p "$ramdisk"/{bin,proc,sys,dev,ro,rw,new} "$ramdisk/lib/modules/$K/extra"
  cp "$X/bin/busybox" "$ramdisk/bin/"
  ln -s busybox "$ramdisk/bin/sh"
  depmod -b "$X" "$K"
  for module in virtio_pci 9pnet_virtio 9p overlay veth; do
    modprobe -d "$X" -S "$K" --show-depends $module | sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | sort -u | xargs cp -t "$ramdisk/lib/modules/$K/extra"
  find "$W/src" -name '*.ko' -exec cp -t "$ramdisk/lib/modules/$K/extra" {} +
  strip --strip-debug "$ramdisk/lib/modules/$K/extra"/*.ko
  cp "$X/lib/modules/$K"/modules.{order,builtin,builtin.modinfo} "$ramdisk/lib/modules/$K/"
  depmod -b "$ramdisk" "$K"
  cp "$HERE/guest_init.sh" "$ramdisk/init"
  chmod +x "$ramdisk/init"
  (cd "$ramdisk" && find . | cpio -o -H newc --quiet) >"$W/initrd"
}

[ -e "$W/kver" ] || unpack
K=$(cat "$W/kver")
[ -e "$W/built" ] || build
[ "$W/initrd" -nt "$HERE/guest_init.sh" ] && [ "$W/initrd" -nt "$HERE/vm.sh" ] || initrd

flock -u 9
for slot in $(seq "$(nproc)"); do
  exec 8>"$W/slot.$slot"
  [ "$slot" = "$(nproc)" ] && flock 8 && break
  flock -n 8 && break
done

rm -f "$O/rc"
{
  echo "export HOME=/root LANG=C.UTF-8 TRUNKD_DAHDI_VM=1 PATH=/run/bin:$PATH PYTHONDONTWRITEBYTECODE=1 ${DAHDI_VM_ENV:-}"
  echo "X=$X HERE=$HERE MODULES=$W/ird/lib/modules/$K/extra"
  cat "$HERE/guest_main.sh"
  printf 'cd %q;' "$PWD"
  printf ' %q' "$@"
  echo '; rc=$?'
  echo 'dmesg >/out/dmesg; echo $rc >/out/rc; sync; echo b >/proc/sysrq-trigger; sleep 9'
} >"$O/.main"

timeout -k 5 "$LIMIT" qemu-system-x86_64 -accel tcg -icount shift=2,sleep=off -M pc -cpu max -smp 1 -m 1024 \
  -nodefaults -display none -no-reboot -serial stdio -kernel "$X/boot/vmlinuz-$K" \
  -initrd "$W/initrd" \
  -append "console=ttyS0 loglevel=4 panic=-1 mitigations=off nokaslr" \
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap \
  -virtfs "local,path=$O,mount_tag=out,security_model=none,multidevs=remap" </dev/null |
  sed -u 's/\r//g' || say "qemu ended with $?"
exit "$(cat "$O/rc" 2>/dev/null || echo 125)"
