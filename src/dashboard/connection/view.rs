//! The page of one connection as it is printed: verdict, strip, records, plot, facts. View structs only; they format and
//! ask nobody.

use askama::Template;

use super::plot::Plot;
use super::verdict::Verdict;
use crate::base::Status;
use crate::dashboard::filters;
use crate::dashboard::list::ListState;
use crate::dashboard::live::Live;
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;

/// `/connections/{id}`.
#[derive(Template)]
#[template(path = "connection/page.html")]
pub struct ConnectionPage {
    pub shell: Shell,
    pub title: String,
    pub live: Live,
}

impl ConnectionPage {
    pub fn new(content: ConnectionContent, list: &ListState) -> askama::Result<Self> {
        let title = format!("{}: {}", content.name, content.verdict.label().to_lowercase());
        let live = Live::new(&content.render()?, &content.shell, list);
        Ok(Self { title, live, shell: content.shell })
    }
}

/// The part that refreshes itself: all of it.
#[derive(Template, Debug, Clone)]
#[template(path = "connection/live.html")]
pub struct ConnectionContent {
    pub shell: Shell,
    pub pause: String,
    pub resume: String,
    pub id: String,
    pub name: String,
    pub customer_name: String,
    pub customer_path: String,
    /// Under the title: system, hosting, tier, credits, the time.
    pub head_facts: Vec<String>,
    pub may_change: bool,
    pub can_check: bool,
    /// Why “Check now” is not possible.
    pub check_refused: Option<String>,
    pub can_pause: bool,
    /// A connection of the sandbox: put into any status by hand.
    pub can_simulate: bool,
    /// Disconnected: nothing more can be done with it.
    pub gone: bool,
    /// False also while the customer has yet to choose the system.
    pub can_reconnect: bool,
    pub verdict: Verdict,
    pub strip: Markup,
    pub strip_axis: Vec<String>,
    pub tiles: Vec<Tile>,
    pub records: Vec<RecordView>,
    pub more_records: Option<String>,
    pub plot: Plot,
    pub facts: Vec<Fact>,
    pub disconnect_text: String,
    pub care: super::care::CareView,
}

#[derive(Debug, Clone)]
pub struct Tile {
    pub label: String,
    pub value: String,
    pub note: String,
}

/// A line of the facts.
#[derive(Debug, Clone, Default)]
pub struct Fact {
    pub label: &'static str,
    pub value: String,
    pub sub: String,
    pub path: Option<String>,
    pub mono: bool,
}

impl Fact {
    pub fn new(label: &'static str, value: impl Into<String>) -> Self {
        Self { label, value: value.into(), ..Self::default() }
    }
    pub fn mono(label: &'static str, value: impl Into<String>) -> Self {
        Self { mono: true, ..Self::new(label, value) }
    }
    pub fn second_line(mut self, sub: impl Into<String>) -> Self {
        self.sub = sub.into();
        self
    }
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

/// One change of status, with its proof.
#[derive(Debug, Clone)]
pub struct RecordView {
    pub id: String,
    pub datetime: String,
    pub when: String,
    pub before: Status,
    pub after: Status,
    pub why: String,
    pub lasted: String,
    pub open: bool,
    pub rule_name: String,
    pub rule_text: String,
    pub asked: Option<Asked>,
    pub answered: Option<Answered>,
    pub timing: Option<TimingView>,
    pub found_by: String,
    pub episode: String,
    pub json_path: String,
}

#[derive(Debug, Clone)]
pub struct Asked {
    pub at: String,
    pub first: String,
    pub headers: Vec<(String, String)>,
}

#[derive(Debug, Clone)]
pub struct Answered {
    pub at: String,
    pub first: String,
    pub bad: bool,
    pub headers: Vec<(String, String)>,
    pub body_note: String,
    pub body: String,
}

/// The bar of phases.
#[derive(Debug, Clone)]
pub struct TimingView {
    pub total: String,
    pub width: u32,
    pub sentence: String,
    pub parts: Vec<TimingPart>,
}

#[derive(Debug, Clone)]
pub struct TimingPart {
    pub class: &'static str,
    pub x: u32,
    pub width: u32,
    pub label: String,
}

/// Phases in the order in which they happen: (word, milliseconds where it happened).
pub fn timing(phases: &[(&str, Option<u32>)], total: u32) -> TimingView {
    let classes = ["f1", "f2", "f3", "f4", "f5"];
    let mut x = 0u32;
    let mut parts = Vec::new();
    for ((word, took), class) in phases.iter().zip(classes) {
        let Some(width) = *took else { continue };
        parts.push(TimingPart { class, x, width, label: format!("{word} {width} ms") });
        x = x.saturating_add(width);
    }
    let rest = total.saturating_sub(x);
    if rest > 0 && !parts.is_empty() {
        parts.push(TimingPart { class: "f5", x, width: rest, label: format!("body {rest} ms") });
    }
    let words: Vec<&str> = parts.iter().map(|part| part.label.as_str()).collect();
    TimingView {
        total: crate::dashboard::format::millis(u64::from(total)),
        width: x.saturating_add(rest).max(1),
        sentence: format!("Timing: {}, together {total} ms", words.join(", ")),
        parts,
    }
}
