//! The heartbeat strip: one bar for a slot of time, the higher the worse, so it reads without colour. A run of equal
//! slots is one dashed line: a row of a table costs some 80 bytes instead of 2 000.

use std::fmt::Write as _;
use std::time::Duration;

use crate::base::Status;
use crate::dashboard::format;
use crate::dashboard::markup::{Markup, escape};

/// The worst status of a slot of time; none when nothing was checked.
pub type Slot = Option<Status>;

const HEIGHT: f64 = 20.0;

/// How high a bar stands (of 20) and its class.
fn look(slot: Slot) -> (f64, &'static str) {
    match slot {
        Some(Status::ReauthorizationRequired) => (20.0, "k-reauthorization_required"),
        Some(Status::Unreachable) => (16.0, "k-unreachable"),
        Some(Status::Degraded) => (11.0, "k-degraded"),
        Some(Status::Active) => (6.0, "k-active"),
        Some(Status::Inactive) => (2.0, "k-inactive"),
        Some(Status::Pending | Status::Disconnected) | None => (2.0, "k-none"),
    }
}

/// The strip of a table row: `slots` cover `whole`, oldest first.
pub fn strip(slots: &[Slot], whole: Duration) -> Markup {
    draw(slots, &finding(slots, whole), "strip")
}

/// The strip of a connection's page, with a finding of its own.
pub fn strip_large(slots: &[Slot], finding: &str) -> Markup {
    draw(slots, finding, "strip big")
}

fn draw(slots: &[Slot], finding: &str, class: &str) -> Markup {
    let width = (slots.len() * 4).saturating_sub(1);
    let mut out = format!(
        "<svg class=\"{class}\" viewBox=\"0 0 {width} 20\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        escape(finding)
    );
    let mut at = 0usize;
    for run in slots.chunk_by(|one, other| look(*one) == look(*other)) {
        let (height, class) = look(run.first().copied().flatten());
        let (from, to) = (at * 4, (at + run.len()) * 4 - 1);
        let _ = write!(out, "<path class=\"{class}\" d=\"M{from} {}H{to}\"/>", HEIGHT - height / 2.0);
        at += run.len();
    }
    out.push_str("</svg>");
    Markup::from_html(out)
}

/// `Last 24 h: unreachable 2 h, otherwise active`.
fn finding(slots: &[Slot], whole: Duration) -> String {
    let title = format!("Last {}", format::rough_span(whole).replace("1\u{a0}d", "24\u{a0}h"));
    let length = whole.checked_div(u32::try_from(slots.len()).unwrap_or(0)).unwrap_or_default();
    let lasting = |status: Status| {
        let number = u32::try_from(slots.iter().filter(|slot| **slot == Some(status)).count()).unwrap_or(0);
        (number > 0).then(|| format::span(length.saturating_mul(number)))
    };
    let troubles: Vec<String> = Status::ALL
        .iter()
        .filter(|status| **status < Status::Pending)
        .filter_map(|status| Some(format!("{} {}", status.label().to_lowercase(), lasting(*status)?)))
        .collect();
    match (troubles.is_empty(), lasting(Status::Active).is_some()) {
        (true, false) => format!("{title}: no checks"),
        (true, true) => format!("{title}: active"),
        (false, true) => format!("{title}: {}, otherwise active", troubles.join(", ")),
        (false, false) => format!("{title}: {}", troubles.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_equal_slots_is_one_line() {
        let mut slots = vec![Some(Status::Active); 22];
        slots.extend([Some(Status::ReauthorizationRequired); 2]);
        let drawn = strip(&slots, Duration::from_hours(24)).to_string();
        assert!(drawn.contains("<path class=\"k-active\" d=\"M0 17H87\"/>"), "{drawn}");
        assert!(drawn.contains("<path class=\"k-reauthorization_required\" d=\"M88 10H95\"/>"), "{drawn}");
        assert!(drawn.contains("Last 24\u{a0}h: reauthorization required 2\u{a0}h, otherwise active"), "{drawn}");
    }

    #[test]
    fn no_checks_are_said() {
        assert!(strip(&[None; 24], Duration::from_hours(24)).as_str().contains("no checks"));
        assert!(strip(&[], Duration::from_hours(24)).as_str().contains("no checks"));
    }
}
