if [ -d /run/systemd/system ]; then
    systemctl daemon-reload >/dev/null 2>&1 || true
    # After an upgrade: once, and only where it ran.
    [ "$1" = 0 ] || systemctl try-restart junctionbox.service >/dev/null 2>&1 || true
fi
exit 0
