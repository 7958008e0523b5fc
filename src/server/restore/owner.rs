//! Root may restore for the service's user, by becoming that user before anything in the data directory is touched: what
//! lies there was written by others, and root must not follow it. Refuses a folder that belongs to anybody else, and one
//! whose way leads through a folder where others could exchange it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

/// As the packages name it.
const SERVICE: &str = "junctionbox";

#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    #[error(
        "{path} belongs to another user (uid {uid}) than root or the service’s, {SERVICE}: whoever that is could read the keys that a restore puts there. Name a folder that nobody else has made (mktemp -d), or run this as that user: sudo -u \\#{uid} junctionbox restore …. Nothing was changed"
    )]
    Foreign { path: PathBuf, uid: u32 },
    #[error(
        "others may write into {path}, and could exchange what a restore puts below it. Name a folder that nobody else may write into (mktemp -d makes one). Nothing was changed"
    )]
    Open { path: PathBuf },
    #[error("{path}: {source}. Nothing was changed")]
    Unseen { path: PathBuf, source: io::Error },
    #[error(
        "root could not become the user {SERVICE} ({0}). Run this as that user: sudo -u {SERVICE} junctionbox restore …"
    )]
    StepDown(String),
}

/// Whom the service runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
}

/// To be called while there is one thread alone; those that come later are the same user. True when root became another.
pub fn step_down(dir: &Path) -> Result<bool, OwnerError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(false);
    }
    let service = fs::read_to_string("/etc/passwd").ok().and_then(|text| named(&text, SERVICE));
    let Some(owner) = owner(dir, service)? else { return Ok(false) };
    become_user(owner).map_err(OwnerError::StepDown)?;
    Ok(true)
}

/// Who the folder is restored for: the service's user where it is not root. Its way has to be safe.
fn owner(dir: &Path, service: Option<User>) -> Result<Option<User>, OwnerError> {
    let place = std::path::absolute(dir).map_err(|source| unseen(dir, source))?;
    let present = place.ancestors().find(|part| part.exists()).unwrap_or(Path::new("/"));
    let real = fs::canonicalize(present).map_err(|source| unseen(present, source))?;
    for part in present.ancestors().chain(real.ancestors()) {
        let found = fs::symlink_metadata(part).map_err(|source| unseen(part, source))?;
        judge(part, &found, service, part == real && present == place)?;
    }
    let found = fs::metadata(&real).map_err(|source| unseen(&real, source))?;
    Ok(service.filter(|user| present == place && user.uid != 0 && user.uid == found.uid()))
}

fn judge(part: &Path, found: &Metadata, service: Option<User>, is_place: bool) -> Result<(), OwnerError> {
    let uid = found.uid();
    if uid != 0 && service.is_none_or(|user| user.uid != uid) {
        return Err(OwnerError::Foreign { path: part.to_owned(), uid });
    }
    let mode = found.permissions().mode();
    // In /tmp everybody may make something, and nobody may move what is another's.
    let sticky = mode & 0o1000 != 0 && !is_place;
    match !found.is_symlink() && mode & 0o022 != 0 && !sticky {
        true => Err(OwnerError::Open { path: part.to_owned() }),
        false => Ok(()),
    }
}

fn become_user(user: User) -> Result<(), String> {
    let threads = fs::read_dir("/proc/self/task").map(Iterator::count).map_err(|error| error.to_string())?;
    if threads != 1 {
        return Err(format!("{threads} threads run already"));
    }
    let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
    let done = set_thread_groups(&[gid])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid));
    done.map_err(|error| error.to_string())?;
    match rustix::process::geteuid() == uid && rustix::process::getuid() == uid {
        true => Ok(()),
        false => Err("the system let it stay root".into()),
    }
}

/// One of `/etc/passwd`.
fn named(passwd: &str, name: &str) -> Option<User> {
    let mut fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let found = fields.find(|fields| fields.first() == Some(&name))?;
    Some(User { uid: found.get(2)?.parse().ok()?, gid: found.get(3)?.parse().ok()? })
}

fn unseen(path: &Path, source: io::Error) -> OwnerError {
    OwnerError::Unseen { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_found_by_its_name_alone() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nxjunctionbox:x:7:7::/:/\njunctionbox:x:990:991::/:/sbin/nologin\n";
        assert_eq!(named(passwd, SERVICE), Some(User { uid: 990, gid: 991 }));
        assert_eq!(named("root:x:0:0:root:/root:/bin/sh\n", SERVICE), None);
        assert_eq!(named("junctionbox:x:many:1::/:/\n", SERVICE), None);
    }
}
