//! A colour that can be read: at least 4.5 to 1 on the light pages, and a lighter one of the same hue for the dark ones.

use std::fmt;

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ColourError {
    #[error("A colour is written like #0a5583.")]
    Shape,
    #[error("{0} is too pale to be read on a light page. The nearest that can be is {1}.")]
    Pale(Colour, Colour),
}

/// The accent of a page: itself, what is under the pointer, what can be read on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    pub own: Colour,
    pub strong: Colour,
    pub text: Colour,
}

impl Accent {
    /// As declarations of a stylesheet: the accent's roles and nothing else.
    pub fn rules(self) -> String {
        let Self { own, strong, text } = self;
        format!("--accent: {own}; --accent-strong: {strong}; --on-accent: {text}; --focus: {own};")
    }
}

/// The palest ground of the light pages, and the lightest of the dark ones.
const LIGHT: Colour = Colour([0xec, 0xee, 0xec]);
const DARK: Colour = Colour([0x1f, 0x26, 0x28]);
const WHITE: Colour = Colour([0xff; 3]);
const BLACK: Colour = Colour([0x0b, 0x19, 0x22]);
/// WCAG AA for text.
const ENOUGH: f64 = 4.5;

impl Colour {
    pub fn parse(text: &str) -> Result<Self, ColourError> {
        let digits = text.trim().strip_prefix('#').unwrap_or(text.trim());
        let long: String = match digits.len() {
            3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => digits.to_owned(),
        };
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(long.as_bytes()).map_err(|_| ColourError::Shape)?;
        bytes.try_into().map(Self).map_err(|_| ColourError::Shape)
    }

    /// Refuses what nobody could read, and names the nearest that can be.
    pub fn readable(self) -> Result<Self, ColourError> {
        if self.contrast(LIGHT) >= ENOUGH {
            return Ok(self);
        }
        Err(ColourError::Pale(self, self.towards(Colour([0; 3]), LIGHT)))
    }

    /// The same hue, light enough for the dark pages.
    fn on_dark(self) -> Self {
        self.towards(WHITE, DARK)
    }

    /// The accent of the light pages, or of the dark ones.
    pub fn accent(self, dark: bool) -> Accent {
        let own = if dark { self.on_dark() } else { self };
        Accent { own, strong: own.strong(dark), text: own.text_on() }
    }

    /// How well it can be read on the light pages, as `7.9`.
    pub fn contrast_on_light(self) -> f64 {
        self.contrast(LIGHT)
    }

    /// A little further, for what is under the pointer.
    fn strong(self, dark: bool) -> Self {
        self.mix(if dark { WHITE } else { Colour([0; 3]) }, 25)
    }

    /// What can be read on it.
    fn text_on(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    /// Moves in hundredths until it can be read on `ground`.
    fn towards(self, end: Self, ground: Self) -> Self {
        (0..=100).map(|part| self.mix(end, part)).find(|mixed| mixed.contrast(ground) >= ENOUGH).unwrap_or(end)
    }

    fn mix(self, other: Self, part: u16) -> Self {
        let mut mixed = self;
        for (own, other) in mixed.0.iter_mut().zip(other.0) {
            let sum = u16::from(*own) * (100 - part) + u16::from(other) * part;
            *own = u8::try_from(sum / 100).unwrap_or(u8::MAX);
        }
        mixed
    }

    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0;
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_is_taken_and_the_nearest_named_else() {
        for good in ["#0a5583", "#000", "7a1f2b", "#A81318"] {
            assert!(Colour::parse(good).unwrap().readable().is_ok(), "{good}");
        }
        for pale in ["#ffffff", "#7fc0ee", "#ffcc00", "#0f0"] {
            let Err(ColourError::Pale(given, nearest)) = Colour::parse(pale).unwrap().readable() else {
                panic!("{pale} was taken")
            };
            assert!(nearest.readable().is_ok() && nearest != given, "{nearest}");
        }
        for odd in ["", "#12", "#12345g", "rgb(1,2,3)", "#1234567", "é"] {
            assert_eq!(Colour::parse(odd), Err(ColourError::Shape), "{odd}");
        }
    }

    #[test]
    fn any_colour_has_a_light_one_for_dark_pages_and_text_upon_it() {
        for text in ["#000000", "#0a5583", "#ff0000", "#00ff00", "#123456", "#ffffff"] {
            // As it would be taken: itself, or the nearest that can be read.
            let colour = match Colour::parse(text).unwrap().readable() {
                Ok(colour) | Err(ColourError::Pale(_, colour)) => colour,
                Err(ColourError::Shape) => panic!("{text} is no colour"),
            };
            assert!(colour.on_dark().contrast(DARK) >= ENOUGH, "{text}");
            for ground in [colour, colour.on_dark(), colour.strong(false)] {
                assert!(ground.text_on().contrast(ground) >= ENOUGH, "{text} {ground}");
            }
        }
    }
}
