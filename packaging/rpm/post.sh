set -e
#PREPARE#
ensure_user
ensure_folders
ensure_key
if [ "$1" = 1 ]; then
    if command -v systemctl >/dev/null; then
        systemctl --no-reload preset junctionbox.service junctionbox.socket >/dev/null 2>&1 || true
    fi
    echo "Junctionbox: 'systemctl enable --now junctionbox' starts it, 'junctionbox status' tells its address, 'junctionbox setup-link' the way in."
fi
[ ! -d /run/systemd/system ] || systemctl daemon-reload >/dev/null 2>&1 || true
exit 0
