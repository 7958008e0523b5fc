//! The operator's colour as a small stylesheet that sets the accent alone, and the logo. Both addresses carry a hash or
//! the colour itself, so that browsers may keep them.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpResponse, web};

use super::Portal;
use crate::instance::{Colour, Logo};

const KEEP: &str = "public, max-age=86400";

pub fn stylesheet_address(colour: Colour) -> String {
    format!("/portal/-/brand.{}.css", colour.to_string().trim_start_matches('#'))
}

pub fn logo_address(logo: &Logo) -> String {
    format!("/portal/-/logo.{}", logo.hash)
}

/// The accent in light and in dark.
fn rules(colour: Colour) -> String {
    let of = |dark: bool| format!(".portal, .skip {{ {} }}", colour.accent(dark).rules());
    format!("{}\n@media (prefers-color-scheme: dark) {{ {} }}\n", of(false), of(true))
}

pub async fn stylesheet(portal: web::Data<Portal>) -> HttpResponse {
    let Some(colour) = portal.instances.branding().colour else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((CACHE_CONTROL, KEEP))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(rules(colour))
}

pub async fn logo(portal: web::Data<Portal>) -> HttpResponse {
    let branding = portal.instances.branding();
    let Some(logo) = &branding.logo else { return HttpResponse::NotFound().finish() };
    HttpResponse::Ok()
        .content_type(logo.media_type)
        .insert_header((CACHE_CONTROL, KEEP))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(logo.bytes.clone())
}
