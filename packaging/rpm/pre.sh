# The configuration belongs to the group, so user and group come before the files.
getent group junctionbox >/dev/null || groupadd --system junctionbox
getent passwd junctionbox >/dev/null || useradd --system --gid junctionbox --no-create-home \
    --home-dir /var/lib/junctionbox --shell /usr/sbin/nologin --comment Junctionbox junctionbox
exit 0
