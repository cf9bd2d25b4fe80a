//! How hard a password is to guess, by zxcvbn: the one rule for every place where a password is chosen.
//!
//! It knows some ten thousand passwords that people really use, words and names, rows of keys, dates, and what people
//! do to them. Long ones that everybody has heard of it takes for hard to guess; of those there is a list beside it.

use app::{FieldError, i18n::Text, model::Strength, text};
use zxcvbn::{
    Score,
    feedback::{Feedback, Suggestion, Warning},
    zxcvbn,
};

/// A password below this may not be chosen.
const LEAST: u8 = 3;
/// No more of what belongs to somebody is looked at: it takes time in proportion.
const MOST_WORDS: usize = 8;
/// Letters and digits that a password has at least besides what belongs to somebody.
const OWN_LEAST: usize = 8;

/// Long passwords that many use: letters and digits alone, lower case; one a line, in order.
const COMMON: &str = include_str!("common_passwords.txt");

/// The most digits that may follow a password that many use, and make it no better: a year, a number that everybody knows.
const MOST_DIGITS: usize = 8;

/// Whether it is one that many use, also with other capitals, with signs between its letters, or with some digits or signs after
/// it. The list knows no letters but those of ASCII.
fn is_common(password: &str) -> bool {
    if password.chars().any(|c| c.is_alphanumeric() && !c.is_ascii()) {
        return false;
    }
    let bare: String = password.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let without = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    let without = if bare.len() - without.len() <= MOST_DIGITS { without } else { bare.as_str() };
    COMMON.lines().any(|common| common == bare || common == without)
}

/// Judges a password that fits the rules of its form. `words` are what a guesser tries first: names of the account, of
/// the tenant.
pub fn judge(password: &str, username: &str, words: &[&str]) -> Strength {
    if let Err(FieldError { message, .. }) = app::model::password("password", password, username) {
        // Not worth more than a beginning, however many signs it has.
        return Strength { score: score(password, username, words).0.min(1), acceptable: false, message };
    }
    let (score, message) = score(password, username, words);
    Strength { score, acceptable: score >= LEAST, message }
}

fn score(password: &str, username: &str, words: &[&str]) -> (u8, Text) {
    let mut known: Vec<&str> = vec![username, "longshore"];
    known.extend(words.iter().flat_map(|w| w.split_whitespace()).filter(|w| w.chars().count() > 2).take(MOST_WORDS));
    if is_made_of(password, &known) {
        let reason = text!(
            "It is little more than names of yours, of your tenant or of Longshore, which are tried first.",
            "它几乎只由您的姓名、租户名称或 Longshore 组成，而这些会最先被尝试。"
        );
        return (1, both(reason, words_help()));
    }
    if is_common(password) {
        return (1, both(warning(Warning::ThisIsATop100Password), words_help()));
    }
    let judged = zxcvbn(password, &known);
    let score = match judged.score() {
        Score::Zero => 0,
        Score::One => 1,
        Score::Two => 2,
        Score::Three => 3,
        _ => 4,
    };
    if score >= LEAST {
        return (score, Text::default());
    }
    let reason = judged
        .feedback()
        .and_then(Feedback::warning)
        .map_or_else(|| text!("This password is easy to guess.", "该密码容易被猜到。"), warning);
    let suggestions = judged.feedback().map(Feedback::suggestions).unwrap_or_default();
    let helps = suggestions.iter().copied().find(|s| *s != Suggestion::AddAnotherWordOrTwo).and_then(suggestion);
    let message = match helps {
        Some(helps) => both(both(reason, helps), words_help()),
        None => both(reason, words_help()),
    };
    (score, message)
}

/// Whether little is left of a password without some words. With signs between them, zxcvbn takes them for many parts
/// and so for hard to guess.
fn is_made_of(password: &str, words: &[&str]) -> bool {
    let whole = password.to_lowercase();
    let words = words.iter().filter(|w| w.chars().count() > 2).map(|w| w.to_lowercase());
    let rest = words.fold(whole.clone(), |rest, word| rest.replace(&word, ""));
    rest.len() < whole.len() && rest.chars().filter(|c| c.is_alphanumeric()).count() < OWN_LEAST
}

fn words_help() -> Text {
    text!("Add another word or two that do not belong together.", "请再加一两个互不相关的词。")
}

fn both(first: Text, second: Text) -> Text {
    Text { en: format!("{} {}", first.en, second.en), zh: format!("{}{}", first.zh, second.zh) }
}

fn warning(warning: Warning) -> Text {
    use Warning as W;
    match warning {
        W::StraightRowsOfKeysAreEasyToGuess | W::ShortKeyboardPatternsAreEasyToGuess => {
            text!("Rows of neighbouring keys are easy to guess.", "键盘上相邻的按键序列容易被猜到。")
        }
        W::RepeatsLikeAaaAreEasyToGuess | W::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            text!("Repeated characters and words are easy to guess.", "重复的字符或词语容易被猜到。")
        }
        W::ThisIsATop10Password | W::ThisIsATop100Password | W::ThisIsACommonPassword => {
            text!("Very many people use this password.", "使用这个密码的人非常多。")
        }
        W::ThisIsSimilarToACommonlyUsedPassword => {
            text!("This is close to a password that many people use.", "该密码与许多人常用的密码相近。")
        }
        W::SequencesLikeAbcAreEasyToGuess => {
            text!("Sequences such as abc or 6543 are easy to guess.", "abc 或 6543 这样的序列容易被猜到。")
        }
        W::RecentYearsAreEasyToGuess | W::DatesAreOftenEasyToGuess => {
            text!("Years and dates are easy to guess.", "年份和日期容易被猜到。")
        }
        W::AWordByItselfIsEasyToGuess => text!("A word by itself is easy to guess.", "单个词语容易被猜到。"),
        W::NamesAndSurnamesByThemselvesAreEasyToGuess | W::CommonNamesAndSurnamesAreEasyToGuess => {
            text!("Names are easy to guess.", "姓名容易被猜到。")
        }
    }
}

/// What would help, where it says more than that words help.
fn suggestion(suggestion: Suggestion) -> Option<Text> {
    use Suggestion as S;
    Some(match suggestion {
        S::CapitalizationDoesntHelpVeryMuch | S::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            text!("Capital letters help little.", "大写字母作用不大。")
        }
        S::ReversedWordsArentMuchHarderToGuess => {
            text!("Words written backwards help little.", "倒着写的词语作用不大。")
        }
        S::PredictableSubstitutionsDontHelpVeryMuch => {
            text!("Signs in the place of letters, such as @ for a, help little.", "用 @ 代替 a 之类的替换作用不大。")
        }
        S::AvoidYearsThatAreAssociatedWithYou | S::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            text!("Leave out dates of your own.", "请不要使用与您有关的日期。")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acceptable(password: &str) -> bool {
        judge(password, "ada", &["Ada Lovelace", "harbour"]).acceptable
    }

    #[test]
    fn a_few_words_will_do_and_what_many_use_will_not() {
        for good in ["lantern orbit velvet cactus", "ships at dawn 42", "the very first password", "lamp-oil-and-bread"]
        {
            assert!(acceptable(good), "{good}: {:?}", judge(good, "ada", &[]));
        }
        for bad in [
            "password1234",
            "qwertyuiop123",
            "aaaaaaaaaaaaa",
            "123456789012",
            "iloveyou1234",
            "P@ssw0rd2024!",
            "abcdefghijklm",
            "correct horse battery staple",
            "Correct-Horse-Battery-Staple-2026!",
            "to be or not to be",
            "1qaz2wsx3edc4rfv",
            "wo ai ni 5201314",
        ] {
            let Strength { score, acceptable, message } = judge(bad, "ada", &[]);
            assert!(!acceptable && score < LEAST, "{bad}");
            assert!(!message.en.is_empty() && !message.zh.is_empty(), "{bad}");
        }
    }

    #[test]
    fn the_list_is_as_it_is_looked_up() {
        let all: Vec<&str> = COMMON.lines().collect();
        assert!(all.len() > 200 && all.is_sorted());
        for common in &all {
            assert!(is_common(common), "{common}");
            assert!(common.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{common}");
        }
        assert!(!is_common("海上日出看见小船 nevermind") && is_common("Never forget!"));
        assert!(is_common("neverforget 2026"));
        assert!(!is_common("neverforget 8374 1029 5566 2093"));
        assert!(!is_common("") && !is_common("lantern orbit velvet cactus"));
    }

    #[test]
    fn what_belongs_to_somebody_is_tried_first() {
        assert!(!judge("lovelace-harbour", "ada", &["Ada Lovelace", "harbour"]).acceptable);
        assert!(!judge("longshore longshore", "ada", &[]).acceptable);
        let own = judge("ada is my own name", "ada", &[]);
        assert!(!own.acceptable && own.message.en.contains("contains the user name"), "{own:?}");
    }

    #[test]
    fn short_and_overlong_ones_are_refused_with_the_forms_own_words() {
        let short = judge("8Gk$2", "ada", &[]);
        assert!(!short.acceptable && short.score < 2 && short.message.en.contains("12"), "{short:?}");
        assert!(!acceptable(&"x y z ".repeat(200)));
        assert!(!judge("", "", &[]).acceptable);
    }
}
