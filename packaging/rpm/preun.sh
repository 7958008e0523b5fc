if [ "$1" = 0 ] && [ -d /run/systemd/system ]; then
    systemctl --no-reload disable --now junctionbox.socket junctionbox.service >/dev/null 2>&1 || true
fi
exit 0
