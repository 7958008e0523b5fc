//! What templates may call: `{{ "i-plus"|icon }}`, `{{ status|status }}`, `{{ "app.css"|asset }}`.

use std::borrow::Borrow;

use super::assets;
use super::markup::{Markup, escape};
use crate::base::Status;

/// A glyph of the sprite, hidden from screen readers: a word always stands beside it.
pub fn glyph(name: &str) -> Markup {
    let sprite = assets::address("sprite.svg");
    Markup::from_html(format!(
        "<svg class=\"glyph\" aria-hidden=\"true\"><use href=\"{sprite}#{}\"/></svg>",
        escape(name)
    ))
}

/// Glyph and word of a status.
pub fn status_words(status: Status) -> Markup {
    let glyph = glyph(&format!("s-{status}"));
    Markup::from_html(format!("<span class=\"status\" data-s=\"{status}\">{glyph}{}</span>", status.label()))
}

#[askama::filter_fn]
pub fn icon(name: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<Markup> {
    Ok(glyph(&name.to_string()))
}

#[askama::filter_fn]
pub fn status(status: impl Borrow<Status>, _: &dyn askama::Values) -> askama::Result<Markup> {
    Ok(status_words(*status.borrow()))
}

#[askama::filter_fn]
pub fn asset(name: impl std::fmt::Display, _: &dyn askama::Values) -> askama::Result<&'static str> {
    Ok(assets::address(&name.to_string()))
}
