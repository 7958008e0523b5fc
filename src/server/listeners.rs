//! Which addresses are listened on, and which groups of routes stand there. Binds them; a port in use or forbidden is
//! said in a sentence with the remedy.

use std::collections::BTreeSet;
use std::io;
use std::net::{SocketAddr, TcpListener};

use crate::config::Config;

/// Routes that can be bound apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Dashboard,
    Api,
    Portal,
    Metrics,
}

impl Group {
    pub const ALL: [Self; 4] = [Self::Dashboard, Self::Api, Self::Portal, Self::Metrics];
}

/// An address and the groups that stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub address: SocketAddr,
    pub groups: BTreeSet<Group>,
}

/// The places of a configuration: a group that `[listeners]` does not name stands on `[server] listen`.
pub fn places(config: &Config) -> Vec<Place> {
    let apart = |group| match group {
        Group::Dashboard => config.listeners.dashboard.as_deref(),
        Group::Api => config.listeners.api.as_deref(),
        Group::Portal => config.listeners.portal.as_deref(),
        Group::Metrics => config.listeners.metrics.as_deref(),
    };
    let mut places: Vec<Place> = Vec::new();
    for group in Group::ALL {
        for address in apart(group).unwrap_or(&config.server.listen) {
            // Two wishes for “any free port” are two ports, unless both come from the common list.
            let shareable = address.port() != 0 || apart(group).is_none();
            let found = places.iter_mut().find(|place| place.address == *address && shareable);
            match found {
                Some(place) => {
                    place.groups.insert(group);
                }
                None => places.push(Place { address: *address, groups: BTreeSet::from([group]) }),
            }
        }
    }
    places
}

#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "another program listens on {address} already. Stop it, or choose another address with --listen or [server] listen"
    )]
    InUse { address: SocketAddr },
    #[error("this user may not listen on {address}. Use a port above 1023, or give the service CAP_NET_BIND_SERVICE")]
    Forbidden { address: SocketAddr },
    #[error("{address} is not an address of this machine. Choose one of its own with --listen or [server] listen")]
    NotOurs { address: SocketAddr },
    #[error(
        "a socket that the service manager handed over cannot be used: {source}. It must be a TCP socket (ListenStream=)"
    )]
    Handed { source: io::Error },
    #[error(
        "TLS is off, but the service manager's socket on {address} can be reached from other machines. Use tls = \"auto\" or your own certificate"
    )]
    Plaintext { address: SocketAddr },
    #[error("{address} cannot be listened on: {source}")]
    Other { address: SocketAddr, source: io::Error },
}

/// A bound place; its address has the real port.
#[derive(Debug)]
pub struct Bound {
    pub listener: TcpListener,
    pub place: Place,
}

const BACKLOG: i32 = 1024;

pub fn bind(places: Vec<Place>) -> Result<Vec<Bound>, ListenError> {
    places.into_iter().map(bind_one).collect()
}

fn bind_one(mut place: Place) -> Result<Bound, ListenError> {
    let address = place.address;
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => ListenError::InUse { address },
        io::ErrorKind::PermissionDenied => ListenError::Forbidden { address },
        io::ErrorKind::AddrNotAvailable => ListenError::NotOurs { address },
        _ => ListenError::Other { address, source },
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    // The standard library's queue is short; asking again makes it longer.
    rustix::net::listen(&listener, BACKLOG).map_err(|error| failed(error.into()))?;
    listener.set_nonblocking(true).map_err(failed)?;
    place.address = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, place })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Overrides;

    fn config(environment: &[(&str, &str)]) -> Config {
        let environment: BTreeMap<String, String> =
            environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Config::load(None, &environment, &Overrides::default()).ok().unwrap()
    }

    #[test]
    fn one_place_has_all_groups_unless_they_are_named() {
        let found = places(&config(&[]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].groups.len(), 4);
        let found = places(&config(&[
            ("JUNCTIONBOX_LISTENERS__PORTAL", "127.0.0.1:9001"),
            ("JUNCTIONBOX_LISTENERS__METRICS", "127.0.0.1:9002,127.0.0.1:8443"),
        ]));
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].groups, BTreeSet::from([Group::Dashboard, Group::Api, Group::Metrics]));
        assert_eq!(found[1].groups, BTreeSet::from([Group::Portal]));
        assert_eq!(found[2].groups, BTreeSet::from([Group::Metrics]));
    }

    #[test]
    fn a_port_in_use_is_said_in_a_sentence() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let place = Place { address, groups: BTreeSet::from([Group::Api]) };
        let refusal = bind(vec![place]).err().unwrap().to_string();
        assert!(refusal.contains(&address.to_string()) && refusal.contains("--listen"), "{refusal}");
    }
}
