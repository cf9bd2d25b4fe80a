//! Questions that a person answers by reading or by listening, and a machine with more trouble: letters drawn as a
//! picture, and digits spoken. Pure: what is asked and how it is bent follows from a seed alone, so that asking for the
//! same picture again tells nothing new.

mod glyphs;
mod picture;
mod png;
mod sound;

use app::i18n::Lang;
use zeroize::Zeroizing;

/// Signs in a picture.
const LETTERS: usize = 5;
/// Digits that are spoken.
const DIGITS: usize = 6;

/// A question, with its answers.
#[derive(Clone, PartialEq, Eq)]
pub struct Question {
    letters: String,
    digits: String,
    seed: u64,
}

impl std::fmt::Debug for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Question")
    }
}

impl Question {
    /// The question of some random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        let [low, high] = [&random[..8], &random[8..]].map(|half| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(half);
            u64::from_le_bytes(bytes)
        });
        let mut answers = Sequence(low);
        let letters = (0..LETTERS).map(|_| glyphs::LETTERS[answers.below(glyphs::LETTERS.len())].0).collect();
        let digits = (0..DIGITS).map(|_| char::from(b'0' + u8::try_from(answers.below(10)).unwrap_or_default()));
        // What bends and hides is another number: who finds it out has not found the answers.
        Self { letters, digits: digits.collect(), seed: high }
    }

    /// As it is kept: to be sealed.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{} {} {}", self.letters, self.digits, self.seed))
    }

    /// Reads it back; `None` for what is none.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split(' ').map(str::to_owned);
        let (letters, digits, seed) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { letters, digits, seed: seed.parse().ok()? })
    }

    /// Whether this answers it: the letters, however they are written, or the digits.
    pub fn is_answered_by(&self, answer: &str) -> bool {
        let answer: String = answer.chars().filter(|c| c.is_alphanumeric()).take(64).collect();
        answer.eq_ignore_ascii_case(&self.letters) || answer == self.digits
    }

    /// The letters as a picture (PNG).
    pub fn picture(&self) -> Vec<u8> {
        picture::draw(&self.letters, Sequence(self.seed))
    }

    /// The digits, spoken in a language (WAV).
    pub fn sound(&self, lang: Lang) -> Vec<u8> {
        sound::speak(&self.digits, lang, Sequence(!self.seed))
    }

    /// The right answers, for tests that play a person: what is to be read, and what is to be heard.
    pub fn answers(&self) -> (&str, &str) {
        (&self.letters, &self.digits)
    }
}

/// Numbers that follow from a seed (SplitMix64).
#[derive(Clone, Debug)]
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap_or(1)).unwrap_or_default()
    }

    /// A number between two.
    fn between(&mut self, low: f32, high: f32) -> f32 {
        let part = u16::try_from(self.next() >> 48).unwrap_or_default();
        low + (high - low) * f32::from(part) / f32::from(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_by_eye_or_by_ear() {
        let question = Question::new(*b"sixteen bytes ok");
        let (letters, digits) = question.answers();
        assert_eq!((letters.len(), digits.len()), (LETTERS, DIGITS));
        assert!(question.is_answered_by(letters) && question.is_answered_by(&letters.to_lowercase()));
        assert!(question.is_answered_by(digits) && question.is_answered_by("  ") == digits.is_empty());
        let spaced: String = digits.chars().flat_map(|c| [c, ' ']).collect();
        assert!(question.is_answered_by(&spaced));
        assert!(!question.is_answered_by("") && !question.is_answered_by(&letters[1..]));
        assert_eq!(Question::from_text(&question.to_text()), Some(question.clone()));
        assert!(Question::from_text("nonsense").is_none());
        assert_eq!(format!("{question:?}"), "Question");
    }

    #[test]
    fn the_same_question_looks_and_sounds_the_same_each_time_and_others_do_not() {
        let (one, two) = (Question::new([1; 16]), Question::new([2; 16]));
        assert_eq!(one.picture(), one.picture());
        assert_ne!(one.picture(), two.picture());
        assert_eq!(one.sound(Lang::Zh), one.sound(Lang::Zh));
        assert_ne!(one.sound(Lang::Zh), one.sound(Lang::En));
    }
}
