# Part of the machine's script, after its paths: X (unpacked packages), HERE (tests/dahdi).
mkdir -p /run/bin
ip link set lo up 2>/dev/null
cat >/run/bin/dahdi_conf <<EOF
#!/bin/bash
# dahdi_conf FILE [dahdi_cfg's options]: configure channels; the spans are there already.
LD_LIBRARY_PATH=$X/usr/lib/x86_64-linux-gnu exec $X/usr/sbin/dahdi_cfg "\${@:2}" -c "\$1"
EOF
cat >/run/bin/dahdi_spans <<'EOF'
#!/bin/bash
# dahdi_spans make|destroy|unassign|assign [1|2]: the dynamic spans themselves (_IOWR(0xda, 80),
# _IOW(0xda, 81)); unassign takes a span away from those who use it, as unplugging does.
exec python3 - "$@" <<'PY'
import fcntl, glob, os, struct, sys
what, numbers = sys.argv[1], sys.argv[2:] or ("1", "2")
record = struct.Struct("20s40siii")
request = {"make": 0xC048DA50, "destroy": 0x4048DA51}.get(what)
for number in map(int, numbers):
    if request:
        fd = os.open("/dev/dahdi/ctl", os.O_RDWR)
        # The timing field is 0: a 'loc' span named as a timing source would wait for itself.
        address = b"1:%d" % (number - 1)
        fcntl.ioctl(fd, request, record.pack(b"loc", address, 31, 0, 0))
        os.close(fd)
        continue
    devices = sorted(glob.glob("/sys/bus/dahdi_devices/devices/*"), key=lambda d: int(d.split(":")[-1]))
    with open(f"{devices[number - 1]}/{what}_span", "w") as file:
        file.write("1" if what == "unassign" else f"1:{number}:{31 * number - 30}")
PY
EOF
chmod +x /run/bin/*
echo "dahdi_vm: up after $(cut -d' ' -f1 /proc/uptime) s, $(uname -r)"
mkdir -p /etc/dahdi
dahdi_spans make && dahdi_conf "$HERE/trunk.conf" || echo "dahdi_vm: dahdi_cfg said $?"
