//! The recovery kit: shown to an owner who gives the password again, and read back from the paper. Never kept in a cache,
//! an address or a log.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::http::header::HeaderValue;
use actix_web::{HttpResponse, web};
use zeroize::Zeroizing;

use super::backups_view::RecoveryKitPage;
use super::tabs;
use crate::access::Permission;
use crate::backup::KitState;
use crate::base::Secret;
use crate::dashboard::answer;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};

const PATH: &str = "/settings/recovery-kit";
/// The lines that every kit has; one of them is asked for.
const LINES: [&str; 4] = ["K1", "K2", "K3", "K4"];

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let page = build(&visit, None, FieldErrors::none(), None).await?;
    Ok(visit.page(&page))
}

/// The kit, after the password: a session that somebody left open does not show the keys.
pub async fn reveal(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    visit.who().require(Permission::Admin)?;
    let password = Secret::new(sent.raw("password"));
    if !visit.desk.access.proves_password(visit.who(), password).await? {
        let errors = FieldErrors::one("password", "This is not your password.");
        return Ok(visit.page_again(&build(&visit, None, errors, None).await?));
    }
    let (kit, facts) = visit.desk.backups.recovery_kit(visit.who()).await?;
    let text = kit.text(&facts);
    let mut page = visit.page(&build(&visit, Some(text), FieldErrors::none(), None).await?);
    page.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(page)
}

/// One line of the paper, typed: the proof that it is kept.
pub async fn read_back(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    visit.who().require(Permission::Admin)?;
    let label = sent.text("label");
    let typed = Zeroizing::new(sent.text("line"));
    if LINES.contains(&label.as_str()) && visit.desk.backups.read_back(visit.who(), &label, &typed).await? {
        return Ok(answer::see_other_saying(PATH, "That is the line. The recovery kit is kept."));
    }
    let text = format!("This is not line {label} of the present kit. Compare it with the paper, letter by letter.");
    Ok(visit.page_again(&build(&visit, None, FieldErrors::one("line", text), Some(label)).await?))
}

async fn build(
    visit: &Visit,
    text: Option<Zeroizing<String>>,
    errors: FieldErrors,
    label: Option<String>,
) -> Result<RecoveryKitPage, Failure> {
    let state = visit.desk.backups.kit_state().await?;
    let mut dice = [0u8; 1];
    visit.desk.random.fill(&mut dice);
    let drawn = LINES.get(usize::from(dice.first().copied().unwrap_or(0)) % LINES.len()).copied().unwrap_or("K1");
    let label = label.filter(|label| LINES.contains(&label.as_str())).unwrap_or_else(|| drawn.to_owned());
    let help = "Five groups of four, as on the paper. Large or small letters, spaces or none.";
    Ok(RecoveryKitPage {
        shell: visit.still_shell(Nav::Settings).await,
        tabs: tabs("/settings/backups"),
        state: words(&state),
        kept: state.is_kept(),
        text,
        password_fields: vec![
            FieldView::password("password", "Your password").autocomplete("current-password").errors(&errors),
        ],
        line_fields: vec![FieldView::text("line", format!("Line {label}")).help(help).max_length(40).errors(&errors)],
        label,
        errors,
    })
}

fn words(state: &KitState) -> String {
    match state {
        KitState::Never => "No kit was made yet.".into(),
        KitState::NotReadBack { .. } => "It was made, and nobody proved to have it on paper.".into(),
        KitState::OutOfDate { .. } => {
            "It is out of date: the vault has a new key. Print a new one; keep the old one as long as backups from before exist.".into()
        }
        KitState::Kept { read_back_by, .. } => format!("{read_back_by} read it back from the paper."),
    }
}
