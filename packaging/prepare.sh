# What both packages do after their files are in place; put into their scripts by packaging/build. Does nothing twice.
ensure_user() {
    if command -v systemd-sysusers >/dev/null; then
        systemd-sysusers /usr/lib/sysusers.d/junctionbox.conf
    elif ! getent passwd junctionbox >/dev/null; then
        if command -v adduser >/dev/null && [ -e /etc/debian_version ]; then
            adduser --quiet --system --group --no-create-home --home /var/lib/junctionbox \
                --shell /usr/sbin/nologin --gecos Junctionbox junctionbox
        else
            getent group junctionbox >/dev/null || groupadd --system junctionbox
            useradd --system --gid junctionbox --no-create-home --home-dir /var/lib/junctionbox \
                --shell /usr/sbin/nologin --comment Junctionbox junctionbox
        fi
    fi
}

ensure_folders() {
    if command -v systemd-tmpfiles >/dev/null; then
        systemd-tmpfiles --create /usr/lib/tmpfiles.d/junctionbox.conf
    else
        install -d -m 0750 -o root -g junctionbox /etc/junctionbox /etc/junctionbox/systems.d
        install -d -m 0700 -o junctionbox -g junctionbox /var/lib/junctionbox
    fi
    [ -d /etc/credstore ] || install -d -m 0700 -o root -g root /etc/credstore
}

# The configuration may hold passwords: root writes it, the server reads it, nobody else does. Only at the first time; an
# administrator's own choice stays.
protect_configuration() {
    [ ! -e /etc/junctionbox/junctionbox.toml ] || {
        chgrp junctionbox /etc/junctionbox/junctionbox.toml
        chmod 0640 /etc/junctionbox/junctionbox.toml
    }
}

# The key that opens the store, before the first start. Never a new one where there is a store already: it would fit nothing.
ensure_key() {
    key=/etc/credstore/junctionbox.instance.key
    [ ! -e "$key" ] || return 0
    [ ! -e /etc/credstore.encrypted/junctionbox.instance.key ] || return 0
    [ ! -e /var/lib/junctionbox/instance.key ] || return 0
    [ ! -e /var/lib/junctionbox/junctionbox.db ] || return 0
    fresh=$(mktemp "$key.XXXXXX")
    head -c 32 /dev/urandom >"$fresh"
    chmod 0600 "$fresh"
    mv "$fresh" "$key"
}
