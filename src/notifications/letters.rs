//! Each kind of mail put into words: facts in, a letter out. Pure. A letter to a contact says what is theirs to mend
//! and nothing of the inner network; one to an operator leads to the page.

use super::alarms::Alarming;
use super::letter::{Colours, Item, Letter, Section, Tone};
use super::words::{Wording as _, Words, fill};
use crate::base::{Language, Reason, Status, Timestamp};

/// Who writes to whom, in which language.
#[derive(Debug, Clone)]
pub struct Address {
    pub locale: Language,
    /// Who writes: the instance to operators, to contacts what customers call the operator.
    pub instance: String,
    pub colours: Colours,
    /// Where links begin, without a slash at the end.
    pub public_url: String,
    pub name: Option<String>,
}

/// A connection, as letters speak of it.
#[derive(Debug, Clone)]
pub struct Subject {
    pub connection: String,
    pub customer: String,
    pub system: String,
    pub status: Status,
    pub reason: Option<Reason>,
    pub since: Timestamp,
    /// Where the contact renews the access, or where the operator looks.
    pub url: String,
    pub steps: Vec<String>,
    /// The steps are in the letter's language.
    pub steps_fit: bool,
}

/// What a letter about connections says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    Trouble,
    Reminder,
    Mended,
}

impl Address {
    fn words(&self) -> &'static Words {
        self.locale.words()
    }

    fn letter(&self, subject: String, intro: Vec<String>) -> Letter {
        let words = self.words();
        let greeting = match &self.name {
            Some(name) => fill(words.greeting_named, &[("name", name)]),
            None => words.greeting.into(),
        };
        Letter {
            locale: self.locale,
            colours: self.colours.clone(),
            instance: self.instance.clone(),
            subject,
            greeting,
            intro,
            sections: Vec::new(),
            outro: Vec::new(),
            sign_off: words.sign_off,
            footer: String::new(),
            footer_link: None,
        }
    }

    fn to_contact(&self, subject: String, intro: String, customer: &str) -> Letter {
        let values = [("instance", self.instance.as_str()), ("customer", customer)];
        Letter { footer: fill(self.words().footer_contact, &values), ..self.letter(subject, vec![intro]) }
    }

    fn to_user(&self, subject: String, intro: Vec<String>) -> Letter {
        let footer = fill(self.words().footer_user, &[("instance", &self.instance)]);
        let footer_link = Some(format!("{}/settings/notifications", self.public_url));
        let subject = format!("[{}] {subject}", self.instance);
        Letter { footer, footer_link, ..self.letter(subject, intro) }
    }
}

/// The sentence about why.
fn why(locale: Language, subject: &Subject) -> String {
    match subject.reason {
        Some(reason) => fill(locale.reason(reason), &[("system", &subject.system)]),
        None => locale.status(subject.status).to_owned(),
    }
}

/// To the customer's contact: one letter for all that is the matter now.
pub fn to_contact(to: &Address, matter: Matter, subjects: &[Subject]) -> Letter {
    let words = to.words();
    let count = subjects.len().to_string();
    let first = subjects.first();
    let customer = first.map_or("", |first| first.customer.as_str());
    let values = [
        ("instance", to.instance.as_str()),
        ("connection", first.map_or("", |first| first.connection.as_str())),
        ("system", first.map_or("", |first| first.system.as_str())),
        ("customer", customer),
        ("count", count.as_str()),
    ];
    let (subject, intro, outro) = match matter {
        Matter::Trouble => (&words.trouble_subject, &words.trouble_intro, words.trouble_outro),
        Matter::Reminder => (&words.reminder_subject, &words.reminder_intro, words.trouble_outro),
        Matter::Mended => (&words.mended_subject, &words.mended_intro, words.mended_outro),
    };
    let (subject, intro) = (subject.of(subjects.len()), intro.of(subjects.len()));
    let mut letter = to.to_contact(fill(subject, &values), fill(intro, &values), customer);
    letter.outro = vec![outro.into()];
    let items = subjects.iter().map(|subject| contact_item(to, matter, subject)).collect();
    letter.sections = vec![Section { items, ..Section::default() }];
    letter
}

/// A connection that waits for its customer.
#[derive(Debug, Clone)]
pub struct Invited {
    pub customer: String,
    /// None: the customer chooses.
    pub system: Option<String>,
    pub url: String,
    pub until: Timestamp,
    pub steps: Vec<String>,
    /// The steps are in the letter's language.
    pub steps_fit: bool,
}

/// To the contact: connect your system by this link.
pub fn invitation(to: &Address, invited: &Invited) -> Letter {
    let words = to.words();
    let until = to.locale.time(invited.until);
    let values = [
        ("instance", to.instance.as_str()),
        ("system", invited.system.as_deref().unwrap_or(words.one_of_your_systems)),
        ("customer", invited.customer.as_str()),
        ("until", until.as_str()),
    ];
    let intro = fill(words.invitation_intro, &values);
    let mut letter = to.to_contact(fill(words.invitation_subject, &values), intro, &invited.customer);
    let item = Item {
        steps_heading: words.what_to_do,
        steps_note: if invited.steps_fit { "" } else { words.steps_in_english },
        steps: invited.steps.clone(),
        link: Some((words.invitation_link, invited.url.clone())),
        link_note: fill(words.invitation_note, &values),
        ..Item::new(invited.system.as_deref().unwrap_or(&invited.customer), Tone::Of(Status::Pending))
    };
    letter.sections = vec![Section { items: vec![item], ..Section::default() }];
    letter.outro = vec![words.invitation_outro.into()];
    letter
}

fn contact_item(to: &Address, matter: Matter, subject: &Subject) -> Item {
    let words = to.words();
    if matter == Matter::Mended {
        let facts = vec![(words.system, subject.system.clone())];
        return Item { facts, ..Item::new(&subject.connection, Tone::Of(Status::Active)) };
    }
    Item {
        facts: vec![(words.system, subject.system.clone()), (words.since, to.locale.time(subject.since))],
        paragraphs: vec![(words.what_happened, why(to.locale, subject))],
        steps_heading: words.what_to_do,
        steps_note: if subject.steps_fit { "" } else { words.steps_in_english },
        steps: subject.steps.clone(),
        // Without a link (an operator took it back) the letter still says what happened.
        link: (!subject.url.is_empty()).then(|| (words.renew, subject.url.clone())),
        link_note: fill(words.link_note, &[("customer", &subject.customer)]),
        ..Item::new(&subject.connection, Tone::Of(Status::ReauthorizationRequired))
    }
}

/// To an operator: what is the matter with which connections.
pub fn to_operator(to: &Address, matter: Matter, subjects: &[Subject]) -> Letter {
    let words = to.words();
    let count = subjects.len().to_string();
    let first = subjects.first();
    let values = [
        ("connection", first.map_or("", |first| first.connection.as_str())),
        ("customer", first.map_or("", |first| first.customer.as_str())),
        ("status", first.map_or("", |first| to.locale.status(first.status))),
        ("count", count.as_str()),
    ];
    let (subject, intro) = match matter {
        Matter::Trouble => (&words.op_trouble_subject, &words.op_trouble_intro),
        Matter::Reminder => (&words.op_reminder_subject, &words.op_reminder_intro),
        Matter::Mended => (&words.op_mended_subject, &words.op_mended_intro),
    };
    let intro = fill(intro.of(subjects.len()), &values);
    let mut letter = to.to_user(fill(subject.of(subjects.len()), &values), vec![intro]);
    if matter != Matter::Mended {
        letter.outro = vec![words.acknowledge_note.into()];
    }
    let items = subjects.iter().map(|subject| operator_item(to, matter != Matter::Mended, subject)).collect();
    letter.sections = vec![Section { items, ..Section::default() }];
    letter
}

fn operator_item(to: &Address, trouble: bool, subject: &Subject) -> Item {
    let words = to.words();
    let mut item = Item::new(&subject.connection, Tone::Of(if trouble { subject.status } else { Status::Active }));
    item.facts = vec![(words.customer, subject.customer.clone()), (words.system, subject.system.clone())];
    if trouble {
        item.facts.push((words.status, to.locale.status(subject.status).into()));
        item.facts.push((words.since, to.locale.time(subject.since)));
        item.paragraphs = vec![("", why(to.locale, subject))];
    }
    item.link = Some((words.open, subject.url.clone()));
    item
}

/// A certificate or credential ends soon.
#[derive(Debug, Clone)]
pub struct Ending {
    /// “The API key “erp-sync””, or the connection's name.
    pub what: String,
    pub ends_at: Timestamp,
    pub days: i64,
    pub url: Option<String>,
}

pub fn ends_to_contact(to: &Address, subject: &Subject, ending: &Ending) -> Letter {
    let words = to.words();
    let (date, when) = (to.locale.day(ending.ends_at), to.locale.days_ahead(ending.days));
    let values = [
        ("instance", to.instance.as_str()),
        ("connection", subject.connection.as_str()),
        ("system", subject.system.as_str()),
        ("date", date.as_str()),
        ("when", when.as_str()),
    ];
    let intro = fill(words.ends_intro, &values);
    let mut letter = to.to_contact(fill(words.ends_subject, &values), intro, &subject.customer);
    let item = Item {
        facts: vec![(words.system, subject.system.clone()), (words.ends_on, to.locale.time(ending.ends_at))],
        ..Item::new(&subject.connection, Tone::Of(Status::Degraded))
    };
    letter.sections = vec![Section { items: vec![item], ..Section::default() }];
    letter.outro = vec![fill(words.ends_outro, &values)];
    letter
}

pub fn ends_to_operator(to: &Address, ending: &Ending) -> Letter {
    let words = to.words();
    let (date, when) = (to.locale.day(ending.ends_at), to.locale.days_ahead(ending.days));
    let values = [("what", ending.what.as_str()), ("date", date.as_str()), ("when", when.as_str())];
    let mut letter = to.to_user(fill(words.op_ends_subject, &values), vec![fill(words.op_ends_intro, &values)]);
    let item = Item {
        facts: vec![(words.ends_on, to.locale.time(ending.ends_at))],
        link: ending.url.clone().map(|url| (words.open, url)),
        ..Item::new(&ending.what, Tone::Of(Status::Degraded))
    };
    letter.sections = vec![Section { items: vec![item], ..Section::default() }];
    letter
}

/// The appliance itself, or our application.
pub fn alarm(to: &Address, alarming: &Alarming) -> Letter {
    let words = to.words();
    let subject = fill(words.alarm_subject, &[("title", &alarming.title)]);
    let mut letter = to.to_user(subject, vec![fill(words.alarm_intro, &[("instance", &to.instance)])]);
    letter.sections = vec![Section { items: vec![alarm_item(to, alarming)], ..Section::default() }];
    letter
}

fn alarm_item(to: &Address, alarming: &Alarming) -> Item {
    let words = to.words();
    let mut item = Item::new(&alarming.title, Tone::Alarm);
    // What is said of the appliance may name it.
    let named = |text: &str| fill(text, &[("instance", &to.instance)]);
    item.facts = alarming.facts.clone();
    item.paragraphs = vec![("", named(&alarming.what)), (words.what_to_do, named(&alarming.todo))];
    if !alarming.record.is_empty() {
        item.paragraphs.push((words.alarm_record, alarming.record.clone()));
    }
    item.link = Some((words.open, format!("{}{}", to.public_url, alarming.path)));
    item
}

/// What a day held.
#[derive(Debug, Clone, Default)]
pub struct Day {
    pub needs: Vec<Subject>,
    pub mended: Vec<Subject>,
    pub ends: Vec<Ending>,
    pub alarms: Vec<Alarming>,
}

impl Day {
    pub fn is_empty(&self) -> bool {
        self.needs.is_empty() && self.mended.is_empty() && self.ends.is_empty() && self.alarms.is_empty()
    }
}

/// More than so many nobody reads in a mail.
const MOST: usize = 25;

pub fn digest(to: &Address, day: &Day, at: Timestamp) -> Letter {
    let words = to.words();
    let (date, count) = (to.locale.day(at), day.needs.len().to_string());
    let subject = fill(words.digest_subject, &[("date", &date), ("count", &count)]);
    let mut letter = to.to_user(subject, vec![fill(words.digest_intro, &[("instance", &to.instance)])]);
    let section = |heading: &str, items: Vec<Item>, all: usize| {
        let left = all.saturating_sub(MOST);
        let more = if left > 0 { fill(words.digest_more, &[("count", &left.to_string())]) } else { String::new() };
        Section { heading: format!("{heading} ({all})"), items, more }
    };
    let ending = |ending: &Ending| Item {
        facts: vec![(words.ends_on, to.locale.time(ending.ends_at))],
        link: ending.url.clone().map(|url| (words.open, url)),
        ..Item::new(&ending.what, Tone::Of(Status::Degraded))
    };
    let sections = [
        section(
            words.digest_alarms,
            day.alarms.iter().take(MOST).map(|one| alarm_item(to, one)).collect(),
            day.alarms.len(),
        ),
        section(
            words.digest_needs,
            day.needs.iter().take(MOST).map(|one| operator_item(to, true, one)).collect(),
            day.needs.len(),
        ),
        section(
            words.digest_mended,
            day.mended.iter().take(MOST).map(|one| operator_item(to, false, one)).collect(),
            day.mended.len(),
        ),
        section(words.digest_ends, day.ends.iter().take(MOST).map(ending).collect(), day.ends.len()),
    ];
    letter.sections = sections.into_iter().filter(|section| !section.items.is_empty()).collect();
    letter
}

pub fn test(to: &Address) -> Letter {
    let words = to.words();
    let intro = fill(words.test_intro, &[("instance", &to.instance)]);
    let subject = format!("[{}] {}", to.instance, words.test_subject);
    let mut letter = to.letter(subject, vec![intro]);
    letter.outro = vec![words.test_outro.into()];
    letter.footer = fill(words.footer_test, &[("instance", &to.instance)]);
    letter
}
