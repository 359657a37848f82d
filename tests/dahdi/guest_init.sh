#!/bin/sh
# First program of the machine of vm.sh: DAHDI's modules, then this computer's "/" as its own.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
# Debian leaves new spans without channel numbers unless asked.
$b modprobe dahdi auto_assign_spans=1
for m in virtio_pci 9pnet_virtio 9p overlay veth dahdi_dynamic dahdi_dynamic_loc dahdi_dynamic_eth \
  dahdi_echocan_mg2 dahdi_echocan_kb1 dahdi_echocan_sec dahdi_echocan_oslec; do
  $b modprobe $m
done
o=trans=virtio,version=9p2000.L,msize=262144
$b mount -t 9p -o ro,cache=loose,$o root /ro && $b mount -t tmpfs tmpfs /rw &&
  $b mkdir /rw/up /rw/wk &&
  $b mount -t overlay -o lowerdir=/ro,upperdir=/rw/up,workdir=/rw/wk overlay /new || $b poweroff -f
for d in proc sys dev; do
  $b mkdir -p /new/$d
  $b mount --move /$d /new/$d
done
$b mkdir -p /new/out /new/dev/shm /new/run
$b mount -t 9p -o $o out /new/out
# dahdi_cfg needs a semaphore.
$b mount -t tmpfs tmpfs /new/dev/shm
$b mount -t tmpfs tmpfs /new/run
exec $b switch_root /new /bin/bash /out/.main
