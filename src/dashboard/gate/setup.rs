//! The set-up: names the appliance, makes the first owner, fills the pool. Ends with the one thing that cannot be made
//! good later: a copy of the keys.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use super::link::{ends_in, over};
use super::session;
use super::sign_in::{answer_with, shell};
use super::view::{KeepKeyPage, SetupPage};
use crate::access::{AccessError, LEAST_PASSWORD, Link, NewOwner, NewSession, check_password};
use crate::audit::Entry;
use crate::base::{Actor, ActorKind, Secret};
use crate::credits::NewGrant;
use crate::dashboard::answer;
use crate::dashboard::desk::Desk;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::forms::Sent;
use crate::dashboard::visit::{Failure, Visit};
use crate::instance::InstanceError;

const FIRST_CREDITS: &str = "100";

pub fn page(
    desk: &Desk,
    request: &HttpRequest,
    token: &str,
    sent: &Sent,
    errors: FieldErrors,
    link: Option<Link>,
) -> HttpResponse {
    let shell = shell(desk, request);
    let gate = shell.csrf.clone();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let instance = desk.instances.current();
    let typed = |name: &str, before: &str| sent.given(name).unwrap_or_else(|| before.to_owned());
    let mut instance_fields = Vec::new();
    if !instance.name_is_fixed {
        let help = "Operators see it on every page. Can be changed later.";
        let field = FieldView::text("instance", "Name").value(typed("instance", &instance.name)).help(help);
        instance_fields.push(field.max_length(100).errors(&errors));
    }
    if !instance.region_is_fixed {
        let help = "Like eu-central. All customers of this appliance live in it.";
        let field = FieldView::text("region", "Region").value(typed("region", &instance.region)).help(help);
        instance_fields.push(field.max_length(32).errors(&errors));
    }
    let password_help = format!("At least {LEAST_PASSWORD} characters. A sentence is fine; spaces count.");
    let page = SetupPage {
        token: token.into(),
        ends_in: ends_in(link.as_ref(), desk),
        instance_fields,
        owner_fields: vec![
            FieldView::text("name", "Your name").value(sent.text("name")).autocomplete("name").errors(&errors),
            FieldView::new(FieldKind::Email, "email", "E-mail")
                .value(sent.text("email"))
                .autocomplete("username")
                .errors(&errors),
            FieldView::password("password", "Password")
                .help(password_help)
                .autocomplete("new-password")
                .errors(&errors),
        ],
        credit_fields: vec![
            FieldView::new(FieldKind::Number, "credits", "Credits in the pool")
                .value(typed("credits", FIRST_CREDITS))
                .range(0, 1_000_000)
                .help("A small cloud system takes 1, SAP ECC on premises 8. More can be granted at any time.")
                .errors(&errors),
        ],
        errors,
        shell,
    };
    answer_with(request, status, &gate, &page)
}

pub async fn set_up(
    desk: &Desk,
    request: &HttpRequest,
    token: &str,
    sent: &Sent,
    link: Option<Link>,
) -> Result<HttpResponse, Failure> {
    let (errors, credits) = faults(sent);
    if !errors.is_empty() {
        return Ok(page(desk, request, token, sent, errors, link));
    }
    if let Some(errors) = rename(desk, request, sent).await? {
        return Ok(page(desk, request, token, sent, errors, link));
    }
    let owner =
        NewOwner { email: sent.text("email"), name: sent.text("name"), password: Secret::new(sent.raw("password")) };
    match desk.access.create_owner(&Secret::new(token), owner, session::visitor(request)).await {
        Ok(begun) => {
            grant(desk, &begun, credits).await?;
            let mut response = answer::see_other("/keep-the-keys");
            session::begin(request, &mut response, &begun);
            Ok(response)
        }
        Err(AccessError::Invalid(faults)) => Ok(page(desk, request, token, sent, faults.into(), link)),
        Err(AccessError::LinkOver | AccessError::OwnerExists) => Ok(over(desk, request)),
        Err(error) => Err(error.into()),
    }
}

/// What is wrong with the form, before anything is changed; and the credits.
fn faults(sent: &Sent) -> (FieldErrors, i64) {
    let mut errors = FieldErrors::none();
    let credits = sent.text("credits").parse().unwrap_or(-1);
    if !(0..=1_000_000).contains(&credits) {
        errors.add("credits", "Credits are a whole number from 0 to 1 000 000.");
    }
    if sent.text("name").is_empty() {
        errors.add("name", "Fill this in.");
    }
    let password = Secret::new(sent.raw("password"));
    if let Err(fault) = check_password(&password, &sent.text("email"), &sent.text("name")) {
        errors.add(fault.field, fault.message);
    }
    (errors, credits)
}

async fn rename(desk: &Desk, request: &HttpRequest, sent: &Sent) -> Result<Option<FieldErrors>, Failure> {
    let current = desk.instances.current();
    let name = sent.given("instance").filter(|name| *name != current.name && !current.name_is_fixed);
    let region = sent.given("region").filter(|region| *region != current.region && !current.region_is_fixed);
    if name.is_none() && region.is_none() {
        return Ok(None);
    }
    let actor =
        Actor { kind: ActorKind::User, id: None, name: sent.text("name"), address: session::visitor(request).address };
    let entry = Entry::new(desk.clock.now(), &actor, "instance.renamed")
        .detail(serde_json::json!({ "name": name, "region": region, "by": "setup_link" }));
    let (instances, audit) = (desk.instances.clone(), desk.audit.clone());
    let renamed = desk.store.write::<_, InstanceError, _>(move |tx| {
        instances.rename(tx, name.as_deref(), region.as_deref())?;
        audit.append(tx, &entry)?;
        Ok(())
    });
    match renamed.await {
        Ok(()) => Ok(None),
        Err(InstanceError::Name) => Ok(Some(FieldErrors::one("instance", "A name has 1 to 100 characters."))),
        Err(InstanceError::Region) => {
            let rule = "A region has 1 to 32 lower-case letters, digits and hyphens, like eu-central.";
            Ok(Some(FieldErrors::one("region", rule)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn grant(desk: &Desk, begun: &NewSession, credits: i64) -> Result<(), Failure> {
    if credits == 0 {
        return Ok(());
    }
    if let Some(owner) = desk.access.session(&begun.token, None).await?.live() {
        desk.credits.grant(&owner.principal, NewGrant { amount: credits, note: "Set-up".into() }).await?;
    }
    Ok(())
}

/// `/keep-the-keys`: asked for once, at the end of the set-up. The kit is shown without the password as long as the owner
/// is new and nobody has one; later it stands in the settings, behind the password.
pub async fn keep_the_keys(visit: Visit) -> HttpResponse {
    let files = visit.desk.key_files.clone();
    let commands: String = files.iter().map(|(_, path)| format!("base64 {path}\n")).collect();
    let kit = if is_setting_up(&visit).await { first_kit(&visit).await } else { None };
    let help = "Five groups of four, as on the paper. Large or small letters, spaces or none.";
    let page = KeepKeyPage {
        shell: visit.still_shell(crate::dashboard::shell::Nav::Nowhere).await,
        files,
        kit,
        commands,
        fields: vec![FieldView::text("line", format!("Line {ASKED}")).help(help).max_length(40)],
        next: "/".into(),
    };
    let mut response = visit.page(&page);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The line that the set-up asks for.
const ASKED: &str = "K3";
const SETTING_UP: std::time::Duration = std::time::Duration::from_secs(3600);

async fn is_setting_up(visit: &Visit) -> bool {
    let desk = &visit.desk;
    let is_kept = desk.backups.kit_state().await.is_ok_and(|state| state.is_kept());
    let id = visit.who().actor.id.as_deref().and_then(|id| id.parse().ok());
    let Some(id) = id.filter(|_| visit.who().is_owner() && !is_kept) else { return false };
    match desk.access.user(visit.who(), id).await {
        Ok(Some(user)) => desk.clock.now().since(user.created_at) < SETTING_UP,
        _ => false,
    }
}

async fn first_kit(visit: &Visit) -> Option<zeroize::Zeroizing<String>> {
    match visit.desk.backups.recovery_kit(visit.who()).await {
        Ok((kit, facts)) => Some(kit.text(&facts)),
        Err(error) => {
            tracing::error!(%error, "the recovery kit could not be made");
            None
        }
    }
}
