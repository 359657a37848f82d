# Part of the machine's script, after its paths: X (unpacked packages), HERE (tests/dahdi),
# MODULES (DAHDI's and what they need).
mkdir -p /run/bin /etc/dahdi
ip link set lo up 2>/dev/null
cat >/run/bin/dahdi_conf <<END
#!/bin/bash
# dahdi_conf FILE [dahdi_cfg's options]: configure channels; the spans are there already.
LD_LIBRARY_PATH=$X/usr/lib/x86_64-linux-gnu exec $X/usr/sbin/dahdi_cfg "\${@:2}" -c "\$1"
END
cat >/run/bin/dahdi_spans <<END
#!/bin/bash
exec python3 $HERE/guest_spans.py "\$@"
END
cat >/run/bin/dahdi_module <<END
#!/bin/bash
# dahdi_module insert|remove NAME: as modprobe and rmmod do for a board's module.
if [ "\$1" = insert ]; then exec $X/bin/busybox insmod $MODULES/\$2.ko; fi
exec $X/bin/busybox rmmod \$2
END
chmod +x /run/bin/*
echo "dahdi_vm: up after $(cut -d' ' -f1 /proc/uptime) s, $(uname -r)"
dahdi_spans make && dahdi_conf "$HERE/trunk.conf" || echo "dahdi_vm: dahdi_cfg said $?"
