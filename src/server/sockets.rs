//! Sockets that the service manager opened and hands over (`LISTEN_FDS`), so that ports below 1024 need no privilege. A
//! socket named after a group of routes carries that group; any other name carries all groups without one of their own.

use std::collections::BTreeSet;
use std::net::TcpListener;

use listenfd::ListenFd;

use super::listeners::{Bound, Group, ListenError, Place};

/// A socket and the group that its name stands for; none stands for all.
#[derive(Debug)]
pub struct Handed {
    listener: TcpListener,
    group: Option<Group>,
}

/// Takes what was handed to this process. To be asked once, before there are threads: it forgets the variables.
pub fn take() -> Result<Vec<Handed>, ListenError> {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let names: Vec<&str> = names.split(':').collect();
    let mut manager = ListenFd::from_env();
    let mut handed = Vec::new();
    for index in 0..manager.len() {
        let listener = manager.take_tcp_listener(index).map_err(|source| ListenError::Handed { source })?;
        let group = names.get(index).and_then(|name| group(name));
        handed.extend(listener.map(|listener| Handed { listener, group }));
    }
    Ok(handed)
}

fn group(name: &str) -> Option<Group> {
    match name {
        "dashboard" => Some(Group::Dashboard),
        "api" => Some(Group::Api),
        "portal" => Some(Group::Portal),
        "metrics" => Some(Group::Metrics),
        _ => None,
    }
}

/// The handed sockets as bound places, and which of the configured places are left to be bound.
pub fn assign(handed: Vec<Handed>, configured: Vec<Place>) -> Result<(Vec<Bound>, Vec<Place>), ListenError> {
    let named: BTreeSet<Group> = handed.iter().filter_map(|one| one.group).collect();
    let rest: BTreeSet<Group> = Group::ALL.into_iter().filter(|group| !named.contains(group)).collect();
    let mut taken = named;
    let mut bound = Vec::new();
    for Handed { listener, group } in handed {
        let groups = group.map_or_else(|| rest.clone(), |group| BTreeSet::from([group]));
        taken.extend(&groups);
        let address = listener.local_addr().map_err(|source| ListenError::Handed { source })?;
        listener.set_nonblocking(true).map_err(|source| ListenError::Handed { source })?;
        bound.push(Bound { listener, place: Place { address, groups } });
    }
    bound.retain(|bound| !bound.place.groups.is_empty());
    let left = configured
        .into_iter()
        .map(|place| Place { groups: place.groups.difference(&taken).copied().collect(), ..place })
        .filter(|place| !place.groups.is_empty())
        .collect();
    Ok((bound, left))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handed(group: Option<Group>) -> Handed {
        Handed { listener: TcpListener::bind("127.0.0.1:0").unwrap(), group }
    }

    fn all() -> Vec<Place> {
        vec![Place { address: "127.0.0.1:8443".parse().unwrap(), groups: Group::ALL.into() }]
    }

    #[test]
    fn a_socket_without_a_groups_name_carries_every_group_that_has_none() {
        let (bound, left) = assign(vec![handed(None)], all()).unwrap();
        assert_eq!((bound.len(), left.len()), (1, 0));
        assert_eq!(bound[0].place.groups.len(), 4);
        let (bound, left) = assign(vec![handed(None), handed(group("portal"))], all()).unwrap();
        assert_eq!((bound.len(), left.len()), (2, 0));
        assert!(!bound[0].place.groups.contains(&Group::Portal));
        assert_eq!(bound[1].place.groups, BTreeSet::from([Group::Portal]));
    }

    #[test]
    fn groups_without_a_socket_stay_where_the_configuration_has_them() {
        let (bound, left) = assign(vec![handed(group("portal"))], all()).unwrap();
        assert_eq!(bound.len(), 1);
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].groups, BTreeSet::from([Group::Dashboard, Group::Api, Group::Metrics]));
        assert_eq!(assign(Vec::new(), all()).unwrap().1, all());
        assert_eq!(group("junctionbox.socket"), None);
    }
}
