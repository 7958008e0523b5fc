//! The addresses of receivers and deliveries: looks, tests, replays, recovery.

use actix_web::{HttpResponse, web};

use super::{delivery, endpoint, list};
use crate::access::Permission;
use crate::base::{DeliveryId, EndpointId, PageRequest, Timestamp};
use crate::dashboard::answer;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::webhooks::{DeliveryFilter, DeliveryStatus, Endpoint};

/// The endpoint of an address; what the viewer may not see does not exist.
pub async fn find(visit: &Visit, id: &str) -> Result<Endpoint, Failure> {
    let id: EndpointId = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    visit.desk.webhooks.find(visit.who(), id).await?.ok_or(Failure::Trouble(Trouble::NotFound))
}

pub async fn list(visit: Visit) -> Result<HttpResponse, Failure> {
    let page = PageRequest { limit: visit.list.limit(), cursor: visit.list.cursor() };
    let found = visit.desk.webhooks.summaries(visit.who(), page).await?;
    let shell = visit.still_shell(Nav::Webhooks).await;
    Ok(visit.page(&list::page(shell, &visit.list, &found, visit.may(Permission::WebhooksWrite))))
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let (webhooks, who) = (&visit.desk.webhooks, visit.who());
    let endpoint = find(&visit, &id).await?;
    let summary = webhooks.summary(who, endpoint.id).await?.ok_or(Trouble::NotFound)?;
    let filter = DeliveryFilter {
        endpoint_id: Some(endpoint.id),
        status: visit.list.value("status").and_then(DeliveryStatus::parse),
        ..DeliveryFilter::default()
    };
    let page = PageRequest { limit: visit.list.limit(), cursor: visit.list.cursor() };
    let deliveries = webhooks.deliveries(who, filter, page).await?;
    let counts = webhooks.counts(who, endpoint.id).await?;
    let shell = visit.still_shell(Nav::Webhooks).await;
    let facts = endpoint::Facts {
        summary: &summary,
        deliveries: &deliveries,
        counts: &counts,
        settings: webhooks.settings(),
        may_change: visit.may(Permission::WebhooksWrite),
    };
    Ok(visit.page(&endpoint::page(shell, &visit.list, &facts)))
}

fn delivery_id(id: &str) -> Result<DeliveryId, Failure> {
    id.parse().map_err(|_| Trouble::NotFound.into())
}

pub async fn delivery(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let found = visit.desk.webhooks.delivery(visit.who(), delivery_id(&id)?).await?.ok_or(Trouble::NotFound)?;
    let shell = visit.still_shell(Nav::Webhooks).await;
    Ok(visit.page(&delivery::page(shell, &found, visit.may(Permission::WebhooksWrite))))
}

pub async fn replay(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let replayed = visit.desk.webhooks.replay(visit.who(), delivery_id(&id)?).await?;
    let path = format!("/webhooks/deliveries/{}", replayed.id);
    Ok(answer::see_other_saying(&path, "It is being sent again; look at its newest try in a moment."))
}

pub async fn test(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let endpoint = find(&visit, &id).await?;
    let tested = visit.desk.webhooks.test(visit.who(), endpoint.id).await?;
    let outcome = tested.delivery.last_outcome.unwrap_or_else(|| "The test is on its way.".into());
    Ok(answer::see_other_saying(&format!("/webhooks/deliveries/{}", tested.delivery.id), &outcome))
}

/// `2026-11-24T12:30`, as a browser's field sends it, in UTC.
fn typed_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{text}:00Z")).or_else(|| Timestamp::parse(&format!("{text}Z")))
}

pub async fn recover(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let endpoint = find(&visit, &id).await?;
    let since = typed_time(&sent.text("since"))
        .ok_or_else(|| Failure::from(Trouble::Refused("Give a day and an hour to begin with.".into())))?;
    let begun = visit.desk.webhooks.recover(visit.who(), endpoint.id, since).await?;
    let said = match begun {
        0 => "Nothing has happened since then that this receiver wants.".to_owned(),
        1 => "1 event is being sent again.".to_owned(),
        many => format!("{many} events are being sent again."),
    };
    Ok(answer::see_other_saying(&format!("/webhooks/{}", endpoint.id), &said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browsers_field_sends_is_a_time() {
        let at = Timestamp::parse("2026-11-24T12:30:00Z");
        assert_eq!(typed_time("2026-11-24T12:30"), at);
        assert_eq!(typed_time("2026-11-24T12:30:00"), at);
        assert_eq!(typed_time(""), None);
    }
}
