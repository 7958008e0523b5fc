//! The branding's form, and the customer's page as it would look, in light and in dark.

use askama::Template;

use super::tabs;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::{Shell, Theme};
use crate::instance::{Branding, Colour, Logo};

/// What stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    pub name: String,
    pub colour: String,
    pub contact: String,
}

impl Typed {
    pub fn of(branding: &Branding) -> Self {
        Self {
            name: branding.name.clone().unwrap_or_default(),
            colour: branding.colour.map(|colour| colour.to_string()).unwrap_or_default(),
            contact: branding.contact.clone().unwrap_or_default(),
        }
    }

    pub fn sent(sent: &Sent) -> Self {
        Self { name: sent.text("name"), colour: sent.text("colour"), contact: sent.text("contact") }
    }
}

/// What a preview shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub name: String,
    pub contact: String,
    pub colour: Option<Colour>,
    /// Which logo: the saved one, or the ticket of one that waits.
    pub logo: Option<String>,
}

impl Look {
    fn address(&self, theme: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("theme", theme).append_pair("name", &self.name).append_pair("contact", &self.contact);
        if let Some(colour) = self.colour {
            query.append_pair("colour", &colour.to_string());
        }
        if let Some(logo) = &self.logo {
            query.append_pair("logo", logo);
        }
        format!("/settings/branding/preview?{}", query.finish())
    }
}

/// A logo as the form shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoView {
    pub which: String,
    pub width: u32,
    pub height: u32,
    pub text: String,
    /// Uploaded, not yet saved.
    pub fresh: bool,
}

impl LogoView {
    pub fn new(which: &str, logo: &Logo, fresh: bool) -> Self {
        let kind = if logo.media_type == "image/png" { "PNG" } else { "JPEG" };
        let kib = logo.bytes.len().div_ceil(1024);
        let text = format!("{kind}, {} × {} pixels, {kib} KiB", logo.width, logo.height);
        Self { which: which.to_owned(), width: logo.width, height: logo.height, text, fresh }
    }
}

#[derive(Template, Debug, Clone)]
#[template(path = "settings/branding.html")]
pub struct BrandingPage {
    pub shell: Shell,
    pub tabs: Vec<(&'static str, &'static str, bool)>,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
    pub logo: Option<LogoView>,
    pub logo_error: Option<String>,
    /// The saved logo goes when this is saved.
    pub removed: bool,
    /// Of the colour, in words.
    pub colour_note: String,
    pub light: String,
    pub dark: String,
}

impl BrandingPage {
    pub fn new(
        shell: Shell,
        typed: &Typed,
        errors: FieldErrors,
        logo: Option<LogoView>,
        removed: bool,
        look: &Look,
    ) -> Self {
        let fields = vec![
            FieldView::text("name", "Name")
                .value(&typed.name)
                .help(format!("What your customers call you. Left empty, they read the instance’s name, {}.", shell.instance_name))
                .max_length(100)
                .optional()
                .errors(&errors),
            FieldView::text("contact", "Whom to ask")
                .value(&typed.contact)
                .help("Telephone, mail, hours, in one line. It stands at the foot of each page after “Questions?”.")
                .max_length(300)
                .optional()
                .errors(&errors),
            FieldView::text("colour", "Colour")
                .value(&typed.colour)
                .placeholder("#0a5583")
                .help("Of buttons and links, as #rrggbb. It must be readable: at least 4.5 to 1 on the light pages; for dark screens a lighter one of the same hue is taken by itself.")
                .mono()
                .max_length(9)
                .optional()
                .errors(&errors),
        ];
        Self {
            tabs: tabs("/settings/branding"),
            logo_error: errors.message("logo").map(str::to_owned),
            colour_note: colour_note(look.colour),
            light: look.address("light"),
            dark: look.address("dark"),
            fields,
            errors,
            logo,
            removed,
            shell,
        }
    }
}

fn colour_note(colour: Option<Colour>) -> String {
    let Some(colour) = colour else { return "No colour is chosen: the usual blue.".into() };
    let contrast = format!("{:.1}", colour.contrast_on_light());
    format!("{colour}: {contrast} to 1 on light pages; {} on dark ones.", colour.accent(true).own)
}

#[derive(Template, Debug, Clone)]
#[template(path = "settings/branding_preview.html")]
pub struct PreviewPage {
    pub name: String,
    pub questions: String,
    pub logo: Option<String>,
    /// Where the accent is set; none where the usual one stays.
    pub stylesheet: Option<String>,
    pub theme: &'static str,
}

impl PreviewPage {
    pub fn new(look: Look, theme: Theme) -> Self {
        let theme = if theme == Theme::Dark { "dark" } else { "light" };
        let questions = if look.contact.is_empty() {
            format!("Questions? Ask {}.", look.name)
        } else {
            format!("Questions? {}", look.contact)
        };
        let stylesheet = look.colour.map(|colour| {
            let colour = colour.to_string();
            format!("/settings/branding/preview.css?colour={}&theme={theme}", colour.trim_start_matches('#'))
        });
        Self {
            questions,
            logo: look.logo.map(|which| format!("/settings/branding/logo/{which}")),
            stylesheet,
            theme,
            name: look.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    fn sample() -> Look {
        Look {
            name: "Meridian <Plant> Systems".into(),
            contact: "+49 69 1234, Mon to Fri".into(),
            colour: Colour::parse("#7a1f2b").ok(),
            logo: Some("current".into()),
        }
    }

    #[test]
    fn the_form_shows_what_was_typed_and_both_previews() {
        let typed = Typed { name: "Meridian".into(), colour: "#ffcc00".into(), contact: String::new() };
        let errors = FieldErrors::one("colour", "#ffcc00 is too pale to be read on a light page.");
        let logo = LogoView {
            which: "abc".into(),
            width: 120,
            height: 40,
            text: "PNG, 120 × 40 pixels, 3 KiB".into(),
            fresh: true,
        };
        let shell = Shell::sample(Nav::Settings);
        let page = BrandingPage::new(shell, &typed, errors, Some(logo), false, &sample());
        let html = look("settings-branding", &page);
        assert!(html.contains("value=\"#ffcc00\"") && html.contains("too pale"), "{html}");
        assert!(html.contains("name=\"ticket\" value=\"abc\""), "{html}");
        assert!(html.contains("name=Meridian+%3CPlant%3E+Systems") && html.contains("theme=dark"), "{html}");
    }

    #[test]
    fn the_preview_is_the_customers_page_in_one_theme() {
        let html = look("settings-branding-preview", &PreviewPage::new(sample(), Theme::Dark));
        assert!(html.contains("data-theme=\"dark\"") && html.contains("colour=7a1f2b&#38;theme=dark"), "{html}");
        assert!(html.contains("Meridian &#60;Plant&#62; Systems") && html.contains("+49 69 1234"), "{html}");
        let bare = Look { contact: String::new(), colour: None, logo: None, ..sample() };
        let html = look("settings-branding-preview-bare", &PreviewPage::new(bare, Theme::Light));
        assert!(html.contains("Ask Meridian") && !html.contains("preview.css"), "{html}");
    }
}
