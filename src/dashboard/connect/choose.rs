//! The first two steps: which customer, which system.

use super::form::hostings;
use super::view::{ChooseView, ChosenView, ConnectPage, SystemChoice};
use crate::base::PageRequest;
use crate::customers::{CustomerFilter, CustomerOverview, CustomerSort};
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::systems::{Hosting, System};

/// A select with more is no help.
const MOST_CUSTOMERS: u32 = 200;
const FEW_CUSTOMERS: i64 = 20;

/// The page with nothing on it yet.
pub async fn bare(visit: &Visit) -> ConnectPage {
    let prices = visit.desk.credits.price_list().prices;
    let words = |tier: u8| {
        format!("{} cloud, {} on premises", prices.price(tier, Hosting::Cloud), prices.price(tier, Hosting::OnPremises))
    };
    ConnectPage {
        shell: visit.still_shell(Nav::Connections).await,
        choose: None,
        chosen: None,
        form: None,
        errors: FieldErrors::none(),
        answer: None,
        checked: None,
        consent: None,
        prices: (words(1), words(2), words(3)),
        needs: Vec::new(),
        steps: Vec::new(),
        system_name: String::new(),
    }
}

/// The two steps to choose from, with what was chosen already.
pub async fn view(visit: &Visit, problem: &str) -> Result<ChooseView, Failure> {
    let list = &visit.list;
    let text = |key: &str| list.value(key).unwrap_or_default().to_owned();
    let (customer_q, find, system) = (text("customer_q"), text("find"), text("system"));
    let filter = CustomerFilter { q: list.value("customer_q").map(str::to_owned), ..CustomerFilter::default() };
    let page = PageRequest::first(MOST_CUSTOMERS);
    let found = visit.desk.customers.list(visit.who(), filter, CustomerSort::Name, page).await?;
    let totals = visit.desk.customers.totals(visit.who()).await?;
    let options = found.items.iter().map(|one| (one.customer.id.to_string(), named(one)));
    let first = found.items.first().map(|one| one.customer.id.to_string()).unwrap_or_default();
    let chosen = list.value("customer_id").map_or(first, str::to_owned);
    let systems = visit.desk.catalogue.all().filter(|one| fits(one, &find) || one.slug == system);
    let mut systems: Vec<SystemChoice> = systems
        .map(|one| SystemChoice {
            slug: one.slug.clone(),
            name: one.name.clone(),
            note: format!("tier {}, {}", one.tier, hostings(one)),
            chosen: one.slug == system,
        })
        .collect();
    systems.sort_by_key(|one| one.name.to_lowercase());
    Ok(ChooseView {
        problem: problem.into(),
        no_customers: totals.customers == 0,
        many_customers: totals.customers > FEW_CUSTOMERS,
        customer: FieldView::new(FieldKind::Select, "customer_id", "Customer").choices(options, &chosen),
        customer_q,
        find,
        systems_in_all: visit.desk.catalogue.all().count(),
        systems,
    })
}

fn named(one: &CustomerOverview) -> String {
    match &one.customer.external_id {
        Some(external) => format!("{} ({external})", one.customer.name),
        None => one.customer.name.clone(),
    }
}

fn fits(system: &System, find: &str) -> bool {
    let find = find.trim().to_lowercase();
    [&system.slug, &system.name, &system.vendor, &system.category]
        .iter()
        .any(|text| text.to_lowercase().contains(&find))
}

/// The two steps, done.
pub fn chosen(customer: &CustomerOverview, system: &System) -> ChosenView {
    let used = customer.credits_in_use;
    let customer_note = match customer.customer.credit_limit {
        Some(limit) => format!("{} of at most {} credits in use.", format::whole(used), format::whole(limit)),
        None => format!("{} in use, no limit.", format::credits(used)),
    };
    ChosenView {
        customer_name: customer.customer.name.clone(),
        customer_note,
        change_customer: format!("/connections/new?system={}", system.slug),
        system_name: system.name.clone(),
        system_note: format!("tier {}, {}", system.tier, hostings(system)),
        change_system: format!("/connections/new?customer_id={}", customer.customer.id),
    }
}
