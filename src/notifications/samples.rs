//! Each kind of mail in each language with made-up facts, for the preview in the settings and for the tests.

use super::alarms::{AlarmKind, Alarming};
use super::error::NotificationError;
use super::letter::{Colours, Letter, Printed};
use super::letters::{self, Address, Day, Ending, Invited, Matter, Subject};
use super::model::MailKind;
use crate::base::{Language, Reason, Status, Timestamp};
use crate::instance::Colour;

/// Who writes: the instance to operators, whom customers know to contacts.
pub struct Writers<'a> {
    pub instance: &'a str,
    pub operator: &'a str,
    pub colour: Option<Colour>,
}

/// A mail of this kind, as it would be printed.
pub fn sample(
    kind: MailKind,
    locale: Language,
    writers: &Writers<'_>,
    public_url: &str,
    now: Timestamp,
) -> Result<Printed, NotificationError> {
    let to_contact = kind.is_to_contact();
    let name = if matches!(kind, MailKind::Test) { None } else { Some("Jana Ettl".to_owned()) };
    let to = Address {
        locale,
        instance: if to_contact { writers.operator } else { writers.instance }.to_owned(),
        colours: if to_contact { Colours::of(writers.colour) } else { Colours::default() },
        public_url: public_url.trim_end_matches('/').to_owned(),
        name,
    };
    letter(kind, &to, now).print()
}

fn letter(kind: MailKind, to: &Address, now: Timestamp) -> Letter {
    let (one, other, third) = (ecc(to, now), maximo(to, now), works(to, now));
    let all = [one.clone(), other.clone(), third.clone()];
    let ending = Ending {
        what: format!("{} ({})", one.connection, one.customer),
        ends_at: now.plus_seconds(7 * 86_400),
        days: 7,
        url: Some(format!("{}/calendar", to.public_url)),
    };
    match kind {
        MailKind::Invitation => letters::invitation(to, &invited(one, now)),
        MailKind::Trouble => letters::to_contact(to, Matter::Trouble, std::slice::from_ref(&one)),
        MailKind::Reminder => letters::to_contact(to, Matter::Reminder, &[one, other]),
        MailKind::Mended => letters::to_contact(to, Matter::Mended, std::slice::from_ref(&one)),
        MailKind::Ends => letters::ends_to_contact(to, &one, &ending),
        MailKind::OperatorTrouble => letters::to_operator(to, Matter::Trouble, &all),
        MailKind::OperatorReminder => letters::to_operator(to, Matter::Reminder, std::slice::from_ref(&one)),
        MailKind::OperatorMended => letters::to_operator(to, Matter::Mended, &[one]),
        MailKind::OperatorEnds => letters::ends_to_operator(to, &ending),
        MailKind::Alarm => letters::alarm(to, &application(to, now)),
        MailKind::Digest => {
            let day = Day {
                needs: all.to_vec(),
                mended: vec![third],
                ends: vec![ending],
                alarms: vec![application(to, now)],
            };
            letters::digest(to, &day, now)
        }
        MailKind::Test => letters::test(to),
    }
}

fn application(to: &Address, now: Timestamp) -> Alarming {
    let data = serde_json::json!({ "message": "Microsoft refuses our application: invalid_client." });
    let (system, since) = (Some("Dynamics 365 Business Central"), now.plus_seconds(-40 * 60));
    Alarming::new(AlarmKind::Application, to.locale, &data, system, since)
}

fn lines<const N: usize>(lines: [&str; N]) -> Vec<String> {
    lines.map(Into::into).to_vec()
}

fn ecc(to: &Address, now: Timestamp) -> Subject {
    let steps = match to.locale {
        Language::English => lines([
            "Ask the team that runs SAP to show the integration user in transaction SU01, and to unlock it if it is locked.",
            "Have a new password set.",
            "Enter user and password on the linked page: they are tried once before anything is stored.",
        ]),
        Language::German => lines([
            "Bitten Sie das SAP-Team, den Integrationsbenutzer in Transaktion SU01 aufzurufen und ihn zu entsperren, falls er gesperrt ist.",
            "Lassen Sie ein neues Kennwort setzen.",
            "Geben Sie Benutzer und Kennwort auf der verlinkten Seite ein: Sie werden einmal geprüft, bevor etwas gespeichert wird.",
        ]),
        Language::French => lines([
            "Demandez à l’équipe SAP d’afficher l’utilisateur d’intégration dans la transaction SU01 et de le déverrouiller s’il est verrouillé.",
            "Faites définir un nouveau mot de passe.",
            "Saisissez l’utilisateur et le mot de passe sur la page indiquée\u{a0}: ils sont essayés une fois avant tout enregistrement.",
        ]),
        Language::Spanish => lines([
            "Pida al equipo de SAP que abra el usuario de integración en la transacción SU01 y lo desbloquee si está bloqueado.",
            "Haga que se establezca una contraseña nueva.",
            "Introduzca el usuario y la contraseña en la página enlazada: se prueban una vez antes de guardar nada.",
        ]),
    };
    Subject {
        connection: "ECC Werk 2".into(),
        customer: "Brauerei Hohenfels GmbH & Co. KG".into(),
        system: "SAP ECC".into(),
        status: Status::ReauthorizationRequired,
        reason: Some(Reason::CredentialsRejected),
        since: now.plus_seconds(-134 * 60),
        url: format!("{}/portal/preview", to.public_url),
        steps,
        steps_fit: true,
    }
}

fn invited(subject: Subject, now: Timestamp) -> Invited {
    Invited {
        customer: subject.customer,
        system: Some(subject.system),
        url: subject.url,
        until: now.plus_seconds(14 * 86_400),
        steps: subject.steps,
        steps_fit: subject.steps_fit,
    }
}

fn maximo(to: &Address, now: Timestamp) -> Subject {
    Subject {
        connection: "Maximo Sudhaus".into(),
        system: "IBM Maximo Manage".into(),
        reason: Some(Reason::TokenRevoked),
        since: now.plus_seconds(-27 * 3600),
        steps: lines([match to.locale {
            Language::English => "Create a new API key for the integration user, and enter it on the linked page.",
            Language::German => {
                "Legen Sie für den Integrationsbenutzer einen neuen API-Schlüssel an und geben Sie ihn auf der verlinkten Seite ein."
            }
            Language::French => {
                "Créez une nouvelle clé d’API pour l’utilisateur d’intégration et saisissez-la sur la page indiquée."
            }
            Language::Spanish => {
                "Cree una nueva clave de API para el usuario de integración e introdúzcala en la página enlazada."
            }
        }]),
        ..ecc(to, now)
    }
}

fn works(to: &Address, now: Timestamp) -> Subject {
    Subject {
        connection: "S/4 Works Management".into(),
        customer: "Midland Vale Water Services plc".into(),
        system: "SAP S/4HANA".into(),
        status: Status::Unreachable,
        reason: Some(Reason::ConnectionRefused),
        since: now.plus_seconds(-38 * 60),
        url: format!("{}/connections", to.public_url),
        ..ecc(to, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mail_prints_in_every_language_without_gaps_and_loads_nothing() {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let name = "Rhein-Main <1> & Co";
        let writers = Writers { instance: name, operator: name, colour: Colour::parse("#7a1f2b").ok() };
        for kind in MailKind::ALL {
            let mut subjects = std::collections::BTreeSet::new();
            for locale in Language::ALL {
                let mail = sample(kind, locale, &writers, "https://box.example/", now).unwrap();
                let place = format!("{} in {}", kind.as_str(), locale.code());
                for text in [&mail.subject, &mail.text, &mail.html] {
                    assert!(!text.contains('{') || text == &mail.html, "{place}: {text}");
                }
                assert!(mail.html.contains(&format!("<html lang=\"{}\">", locale.code())), "{place}");
                assert!(mail.html.contains("Rhein-Main &#60;1&#62; &#38; Co"), "{place}: {}", mail.html);
                assert!(mail.text.contains("Rhein-Main <1> & Co"), "{place}: {}", mail.text);
                for banned in ["<img", "<script", "<link", "url(", "src=", "http://", "@import", "<form"] {
                    assert!(!mail.html.contains(banned), "{place} holds {banned}");
                }
                for part in mail.html.split("href=\"").skip(1) {
                    assert!(part.starts_with("https://box.example/"), "{place} leads away: {part:.60}");
                }
                assert!(!mail.subject.contains('\n') && !mail.subject.is_empty(), "{place}");
                if let Ok(folder) = std::env::var("JUNCTIONBOX_SAMPLES") {
                    let name = format!("mail-{}-{}.html", kind.as_str(), locale.code());
                    std::fs::write(std::path::Path::new(&folder).join(name), &mail.html).unwrap();
                }
                subjects.insert(mail.subject);
            }
            assert_eq!(subjects.len(), 4, "{}: {subjects:?}", kind.as_str());
        }
    }
}
