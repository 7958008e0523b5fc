//! `[smtp]`: the mail server for notifications. Left out, no mail is sent.

use std::path::PathBuf;

use super::section::Section;
use super::setting::words;
use crate::base::Secret;

/// Has no `Debug`: it holds a password.
#[derive(Clone)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub from: String,
    /// PEM file of a private authority that is trusted beside the machine's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    StartTls,
    /// From the first byte.
    Tls,
    Off,
}

words!(MailTls, "“starttls”, “implicit” or “none”",
    "starttls" => MailTls::StartTls, "implicit" => MailTls::Tls, "tls" => MailTls::Tls, "none" => MailTls::Off,
    "off" => MailTls::Off);

pub fn read(section: &mut Section<'_>) -> Option<Smtp> {
    let host: Option<String> = section.optional("host");
    let tls = section.or("tls", MailTls::StartTls);
    let usual = match tls {
        MailTls::StartTls => 587,
        MailTls::Tls => 465,
        MailTls::Off => 25,
    };
    let port = u16::try_from(section.number("port", usual, 1..=65_535)).unwrap_or(587);
    let username: Option<String> = section.optional("username");
    let password = section.secret("password");
    let from: Option<String> = section.optional("from");
    let ca_file = section.path("ca_file");
    let Some(host) = host else {
        if username.is_some() || password.is_some() || from.is_some() {
            section.problem("host", "the mail server is not named", "Give host, or take the section out");
        }
        return None;
    };
    if username.is_some() != password.is_some() {
        section.problem("username", "user and password belong together", "Give both, or neither");
    }
    let Some(from) = from.filter(|from| from.parse::<lettre::message::Mailbox>().is_ok()) else {
        section.problem(
            "from",
            "the sender's address is missing or is none",
            "Give one like “junctionbox@example.com” or “Junctionbox <junctionbox@example.com>”",
        );
        return None;
    };
    Some(Smtp { host, port, tls, username, password, from, ca_file })
}
