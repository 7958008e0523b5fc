//! The overview: what needs a hand, first.

mod gather;
pub mod history;
pub mod view;

use actix_web::{HttpResponse, web};

use super::live;
use super::shell::Nav;
use super::visit::{Failure, Visit};
use view::OverviewPage;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/", web::get().to(show));
}

async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let facts = gather::facts(&visit).await?;
    let page = OverviewPage::new(visit.shell(Nav::Overview).await, &facts, &visit.list)?;
    Ok(live::respond(&visit.request, &page, &page.live, &page.shell, &visit.list))
}
