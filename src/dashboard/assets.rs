//! The stylesheet, the sprite and the two scripts, embedded in the binary. Each address carries a hash of the content,
//! so a browser may keep a file for ever and never shows an old one. Refuses nothing but unknown names.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpResponse, web};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

#[derive(rust_embed::RustEmbed)]
#[folder = "static/"]
#[include = "*.css"]
#[include = "*.svg"]
#[include = "*.js"]
struct Files;

/// name → its address with the hash.
static ADDRESSES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Files::iter().filter_map(|name| Some((name.to_string(), address_of(&name, &Files::get(&name)?.data)))).collect()
});

fn address_of(name: &str, content: &[u8]) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(content));
    let hash = digest.get(..8).unwrap_or_default();
    match name.rsplit_once('.') {
        Some((stem, kind)) => format!("/assets/{stem}.{hash}.{kind}"),
        None => format!("/assets/{name}"),
    }
}

/// The address of an embedded file: `/assets/app.01234567.css`.
pub fn address(name: &str) -> &'static str {
    ADDRESSES.get(name).map_or("/assets/missing", String::as_str)
}

/// The file behind an address, and whether the hash is the current one.
fn find(asked: &str) -> Option<(String, bool)> {
    let path = format!("/assets/{asked}");
    if let Some((name, _)) = ADDRESSES.iter().find(|(_, address)| **address == path) {
        return Some((name.clone(), true));
    }
    // A page of the version before asks with its old hash: it gets the new file, but may not keep it.
    let (rest, kind) = asked.rsplit_once('.')?;
    let (stem, hash) = rest.rsplit_once('.')?;
    let name = format!("{stem}.{kind}");
    (hash.len() == 8 && ADDRESSES.contains_key(&name)).then_some((name, false))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, kind)| kind) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// `GET /assets/{file}`.
pub async fn serve(asked: web::Path<String>) -> HttpResponse {
    let Some((name, current)) = find(&asked) else { return HttpResponse::NotFound().finish() };
    let Some(file) = Files::get(&name) else { return HttpResponse::NotFound().finish() };
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    HttpResponse::Ok()
        .content_type(media_type(&name))
        .insert_header((CACHE_CONTROL, keep))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(file.data.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_file() {
        for name in ["app.css", "sprite.svg", "htmx.min.js", "keys.js", "favicon.svg"] {
            let asked = address(name).strip_prefix("/assets/").unwrap();
            assert_eq!(find(asked), Some((name.to_string(), true)));
        }
        assert_eq!(find("app.00000000.css"), Some(("app.css".into(), false)));
        assert_eq!(find("../Cargo.toml"), None);
        assert_eq!(find("htmx.LICENSE"), None);
    }

    #[test]
    fn the_sprite_has_a_glyph_for_every_status() {
        let sprite = String::from_utf8(Files::get("sprite.svg").unwrap().data.into_owned()).unwrap();
        for status in crate::base::Status::ALL {
            assert!(sprite.contains(&format!("id=\"s-{status}\"")), "{status}");
        }
    }
}
