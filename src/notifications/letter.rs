//! A letter: what stands in a mail, in one language, before it is printed. One template for the text part and one for
//! the HTML part, which loads nothing, counts nobody who reads it, and follows a dark screen.

use askama::Template;

use super::error::NotificationError;
use crate::base::{Language, Status};
use crate::instance::Colour;

/// How much an item calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Of(Status),
    Alarm,
}

impl Tone {
    /// The mark beside an item; it holds on white and on dark.
    pub fn colour(self) -> &'static str {
        match self {
            Self::Of(Status::ReauthorizationRequired) | Self::Alarm => "#c4171d",
            Self::Of(Status::Unreachable) => "#d2640f",
            Self::Of(Status::Degraded) => "#a87900",
            Self::Of(Status::Inactive) => "#8a6ab0",
            Self::Of(Status::Active) => "#6f9583",
            Self::Of(_) => "#7b8681",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Item {
    pub title: String,
    pub tone: Tone,
    pub facts: Vec<(&'static str, String)>,
    /// Heading (may be empty) and text.
    pub paragraphs: Vec<(&'static str, String)>,
    pub steps_heading: &'static str,
    /// That the steps are not in the letter's language.
    pub steps_note: &'static str,
    pub steps: Vec<String>,
    pub link: Option<(&'static str, String)>,
    pub link_note: String,
}

impl Item {
    pub fn new(title: impl Into<String>, tone: Tone) -> Self {
        Self {
            title: title.into(),
            tone,
            facts: Vec::new(),
            paragraphs: Vec::new(),
            steps_heading: "",
            steps_note: "",
            steps: Vec::new(),
            link: None,
            link_note: String::new(),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Section {
    pub heading: String,
    pub items: Vec<Item>,
    /// That there are more than are shown.
    pub more: String,
}

impl Section {
    pub fn underline(&self) -> String {
        "-".repeat(self.heading.chars().count())
    }
}

/// The colour of links and buttons, on light and on dark screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colours {
    pub accent: String,
    pub on_accent: String,
    pub dark_accent: String,
    pub on_dark_accent: String,
}

impl Default for Colours {
    fn default() -> Self {
        let [accent, on_accent, dark_accent, on_dark_accent] =
            ["#0a5583", "#ffffff", "#7fc0ee", "#0d1a22"].map(str::to_owned);
        Self { accent, on_accent, dark_accent, on_dark_accent }
    }
}

impl Colours {
    /// Those of the operator, where a colour was chosen.
    pub fn of(colour: Option<Colour>) -> Self {
        let Some(colour) = colour else { return Self::default() };
        let (light, dark) = (colour.accent(false), colour.accent(true));
        Self {
            accent: light.own.to_string(),
            on_accent: light.text.to_string(),
            dark_accent: dark.own.to_string(),
            on_dark_accent: dark.text.to_string(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Letter {
    pub locale: Language,
    pub colours: Colours,
    pub instance: String,
    pub subject: String,
    pub greeting: String,
    pub intro: Vec<String>,
    pub sections: Vec<Section>,
    pub outro: Vec<String>,
    pub sign_off: &'static str,
    pub footer: String,
    pub footer_link: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

/// A letter as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Letter {
    /// French sets a space before a colon.
    fn colon(&self) -> &'static str {
        if self.locale == Language::French { "\u{a0}:" } else { ":" }
    }

    pub fn print(&self) -> Result<Printed, NotificationError> {
        Ok(Printed {
            subject: super::envelope::one_line(&self.subject),
            text: Text { letter: self }.render()?,
            html: Html { letter: self }.render()?,
        })
    }
}
