//! Gives each request its id and its client's address, and each answer `X-Request-Id`. Forwarded headers count only
//! when the peer is a trusted proxy; the address is the last one that no trusted proxy added.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, web};
use ipnet::IpNet;

use crate::base::{Clock, Inbound, Random};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What arrivals are judged by.
#[derive(Clone)]
pub struct Arrival {
    pub trusted_proxies: Arc<[IpNet]>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub tls: bool,
}

impl Arrival {
    /// For what never became a request.
    pub fn new_id(&self) -> String {
        new_id(self.clock.as_ref(), self.random.as_ref())
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }

    fn inbound(&self, peer: IpAddr, headers: &HeaderMap) -> Inbound {
        let peer = peer.to_canonical();
        let trusted = self.is_trusted(peer);
        let given = trusted.then(|| headers.get(REQUEST_ID)).flatten().and_then(|value| value.to_str().ok());
        let request_id = match given.filter(|id| is_request_id(id)) {
            Some(id) => id.to_owned(),
            None => self.new_id(),
        };
        let address = if trusted { self.forwarded_for(peer, headers) } else { peer };
        let forwarded_https = trusted && headers.get("x-forwarded-proto").is_some_and(|value| value == "https");
        Inbound { request_id, address, https: self.tls || forwarded_https }
    }

    fn forwarded_for(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines: Vec<&str> = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
        let mut found = peer;
        for entry in lines.iter().flat_map(|line| line.split(',')).rev() {
            let Ok(address) = entry.trim().trim_matches(['[', ']']).parse::<IpAddr>() else { break };
            found = address.to_canonical();
            if !self.is_trusted(found) {
                break;
            }
        }
        found
    }
}

fn is_request_id(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn new_id(clock: &dyn Clock, random: &dyn Random) -> String {
    let mut bytes = [0u8; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(clock.now().millis()).unwrap_or(0);
    format!("req_{}", uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().simple())
}

pub async fn mark_arrival(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let inbound = match request.app_data::<web::Data<Arrival>>() {
        Some(arrival) => arrival.inbound(peer, request.headers()),
        None => Inbound { address: peer, ..Inbound::default() },
    };
    let id = HeaderValue::from_str(&inbound.request_id).unwrap_or(HeaderValue::from_static("unknown"));
    request.extensions_mut().insert(inbound);
    let mut answer = next.call(request).await?;
    answer.headers_mut().insert(REQUEST_ID, id);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ManualClock, OsRandom, Timestamp};

    fn address(peer: &str, trusted: &[&str], forwarded: &[&str]) -> String {
        let arrival = Arrival {
            trusted_proxies: trusted.iter().map(|text| text.parse().unwrap()).collect(),
            clock: Arc::new(ManualClock::at(Timestamp::from_millis(0))),
            random: Arc::new(OsRandom),
            tls: false,
        };
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_str(line).unwrap());
        }
        arrival.inbound(peer.parse().unwrap(), &headers).address.to_string()
    }

    #[test]
    fn forwarded_addresses_count_from_trusted_proxies_only() {
        let table: &[(&str, &[&str], &[&str], &str)] = &[
            ("10.0.0.9", &[], &["1.2.3.4"], "10.0.0.9"),
            ("10.0.0.9", &["10.0.0.0/8"], &["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.9", &["10.0.0.0/8"], &["6.6.6.6, 1.2.3.4, 10.0.0.8"], "1.2.3.4"),
            ("10.0.0.9", &["10.0.0.0/8"], &["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
            ("10.0.0.9", &["10.0.0.0/8"], &["nonsense"], "10.0.0.9"),
            ("10.0.0.9", &["10.0.0.0/8"], &["nonsense, 10.0.0.7"], "10.0.0.7"),
            ("::ffff:10.0.0.9", &["10.0.0.0/8"], &["[2001:db8::1]"], "2001:db8::1"),
            ("192.0.2.1", &["10.0.0.0/8"], &["1.2.3.4"], "192.0.2.1"),
        ];
        for (peer, trusted, forwarded, wanted) in table {
            assert_eq!(address(peer, trusted, forwarded), *wanted, "{peer} {forwarded:?}");
        }
    }
}
