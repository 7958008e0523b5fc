//! Settings: users, API keys, the instance, and how this browser shows it all.

pub mod api_keys;
mod application_form;
mod application_view;
pub mod applications;
pub mod backups;
mod backups_view;
pub mod branding;
mod branding_view;
pub mod egress;
pub mod instance;
pub mod mail;
pub mod mail_view;
pub mod notifications;
pub mod recovery_kit;
pub mod users;
pub mod view;

/// The places of the settings, with the current one marked.
pub fn tabs(current: &str) -> Vec<(&'static str, &'static str, bool)> {
    [
        ("/settings/instance", "Instance"),
        ("/settings/branding", "Branding"),
        ("/settings/users", "Users"),
        ("/settings/api-keys", "API keys"),
        ("/settings/oauth-applications", "OAuth applications"),
        ("/settings/backups", "Backups"),
        ("/settings/mail", "Mail"),
        ("/settings/notifications", "Notifications"),
        ("/settings/egress", "Egress"),
        ("/settings/appearance", "Appearance"),
    ]
    .into_iter()
    .map(|(path, label)| (path, label, path == current))
    .collect()
}

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/settings", web::get().to(instance::home))
        .route("/settings/instance", web::get().to(instance::show))
        .route("/settings/instance", web::post().to(instance::change))
        .route("/settings/branding", web::get().to(branding::show))
        .route("/settings/branding", web::post().to(branding::change))
        .route("/settings/branding/preview", web::get().to(branding::preview))
        .route("/settings/branding/preview.css", web::get().to(branding::stylesheet))
        .route("/settings/branding/logo/{which}", web::get().to(branding::logo))
        .route("/settings/egress", web::get().to(egress::show))
        .route("/settings/users", web::get().to(users::list))
        .route("/settings/users", web::post().to(users::add))
        .route("/settings/users/{id}", web::get().to(users::show))
        .route("/settings/users/{id}", web::post().to(users::change))
        .route("/settings/users/{id}/password", web::post().to(users::set_password))
        .route("/settings/users/{id}/remove", web::get().to(users::ask_remove))
        .route("/settings/users/{id}/remove", web::post().to(users::remove))
        .route("/settings/api-keys", web::get().to(api_keys::list))
        .route("/settings/api-keys", web::post().to(api_keys::make))
        .route("/settings/api-keys/{id}/revoke", web::get().to(api_keys::ask_revoke))
        .route("/settings/api-keys/{id}/revoke", web::post().to(api_keys::revoke))
        .route("/settings/backups", web::get().to(backups::show))
        .route("/settings/backups/create", web::post().to(backups::create))
        .route("/settings/backups/test-target", web::post().to(backups::test_target))
        .route("/settings/backups/confirm-restore", web::post().to(backups::confirm_restore))
        .route("/settings/recovery-kit", web::get().to(recovery_kit::show))
        .route("/settings/recovery-kit", web::post().to(recovery_kit::reveal))
        .route("/settings/recovery-kit/read-back", web::post().to(recovery_kit::read_back))
        .route("/settings/mail", web::get().to(mail::show))
        .route("/settings/mail/test", web::post().to(mail::test))
        .route("/settings/mail/try-now", web::post().to(mail::try_now))
        .route("/settings/mail/preview", web::get().to(mail::preview))
        .route("/settings/mail/preview/body", web::get().to(mail::preview_body))
        .route("/settings/notifications", web::get().to(notifications::show))
        .route("/settings/notifications", web::post().to(notifications::change))
        .route("/settings/oauth-applications", web::get().to(applications::list))
        .route("/settings/oauth-applications", web::post().to(applications::register))
        .route("/settings/oauth-applications/new", web::get().to(applications::ask_new))
        .route("/settings/oauth-applications/{id}", web::get().to(applications::show))
        .route("/settings/oauth-applications/{id}", web::post().to(applications::change))
        .route("/settings/oauth-applications/{id}/delete", web::get().to(applications::ask_delete))
        .route("/settings/oauth-applications/{id}/delete", web::post().to(applications::delete))
        .route("/settings/appearance", web::get().to(instance::appearance))
        .route("/settings/appearance", web::post().to(instance::change_appearance));
}
