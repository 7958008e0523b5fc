//! The name by which this machine knows itself: for certificates, and for links where it listens on every address.

/// In lower case; none where the kernel has none that a certificate could hold.
pub fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim().to_ascii_lowercase();
    let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    fits.then_some(name)
}

/// The name for a link: one that others can know (it has a dot), or that this machine's own table of hosts leads to.
pub(super) fn linkable_name() -> Option<String> {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    host_name().filter(|name| leads_somewhere(name, &hosts))
}

fn leads_somewhere(name: &str, hosts: &str) -> bool {
    let listed = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    name.contains('.') || listed.flat_map(|line| line.split_whitespace().skip(1)).any(|known| known == name)
}

#[cfg(test)]
mod tests {
    use super::leads_somewhere;

    #[test]
    fn a_name_without_a_dot_must_be_in_the_table() {
        let hosts = "127.0.0.1 localhost\n# 127.0.1.1 commented\n127.0.1.1\tplant-7.example plant-7 # ours\n";
        for (name, leads) in [
            ("plant-7", true),
            ("plant-7.example", true),
            ("jbx.example", true),
            ("commented", false),
            ("127.0.0.1x", false),
            ("ours", false),
        ] {
            let wanted = leads || name.contains('.');
            assert_eq!(leads_somewhere(name, hosts), wanted, "{name}");
        }
    }
}
