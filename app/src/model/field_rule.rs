//! Rules of single fields, for forms that show them and judge by them while somebody types. What judges is what the
//! services judge by when the form is sent, so that the two cannot differ.

use super::{
    ResourceName, Username, display_name, display_name_rule, email, email_rule,
    issuer::{issuer, issuer_rule},
    link_note, link_note_rule, role_description, role_description_rule, role_name,
};
use crate::{FieldError, i18n::Text};

/// What a field's value may be.
#[derive(Clone, Copy)]
pub struct FieldRule {
    says: fn() -> Text,
    judge: fn(&str) -> Option<Text>,
}

impl FieldRule {
    /// The name that an account signs in with.
    pub const USERNAME: Self = Self { says: Username::rule, judge: |name| wrong(Username::parse("", name)) };
    /// The name of something that Longshore makes.
    pub const RESOURCE_NAME: Self =
        Self { says: ResourceName::rule, judge: |name| wrong(ResourceName::parse("", name)) };
    /// The name of a tenant's own role.
    pub const ROLE_NAME: Self = Self { says: ResourceName::rule, judge: |name| wrong(role_name("", name)) };
    /// What a tenant's own role is for.
    pub const ROLE_DESCRIPTION: Self =
        Self { says: role_description_rule, judge: |words| wrong(role_description("", words)) };
    /// A name for people.
    pub const DISPLAY_NAME: Self = Self { says: display_name_rule, judge: |name| wrong(display_name("", name)) };
    /// An e-mail address, or nothing.
    pub const EMAIL: Self = Self { says: email_rule, judge: |address| wrong(email("", address)) };
    /// The address of an identity provider.
    pub const ISSUER: Self = Self { says: issuer_rule, judge: |address| wrong(issuer("", address)) };
    /// For whom a link is, or nothing.
    pub const LINK_NOTE: Self = Self { says: link_note_rule, judge: |words| wrong(link_note("", words)) };

    /// What a value may be, for people.
    pub fn says(self) -> Text {
        (self.says)()
    }

    /// What is wrong with a value that somebody has typed. Of nothing that is nothing: whether a value is needed is said when
    /// the form is sent.
    pub fn judge(self, value: &str) -> Option<Text> {
        if value.is_empty() { None } else { (self.judge)(value) }
    }
}

fn wrong<T>(checked: Result<T, FieldError>) -> Option<Text> {
    checked.err().map(|error| error.message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_takes_what_the_services_take_and_says_what_is_wrong_with_the_rest() {
        let long = "x".repeat(201);
        for (rule, good, bad) in [
            (FieldRule::USERNAME, "dev.one", "1dev"),
            (FieldRule::RESOURCE_NAME, "shop", "Shop"),
            (FieldRule::ROLE_NAME, "releaser", "my role"),
            (FieldRule::ROLE_NAME, "viewers", "viewer"),
            (FieldRule::ROLE_DESCRIPTION, "Releases at night", long.as_str()),
            (FieldRule::DISPLAY_NAME, "Ada Lovelace", "bell\u{7}"),
            (FieldRule::DISPLAY_NAME, "王小明", "   "),
            (FieldRule::EMAIL, "ada@example.org", "ada@example"),
            (FieldRule::ISSUER, "https://login.example.org/realm", "login.example.org/realm"),
            (FieldRule::ISSUER, "http://localhost:9000", "http://login.example.org/realm"),
            (FieldRule::ISSUER, "https://login.example.org:8443/", "https://login.example.org/?realm=1"),
            (FieldRule::LINK_NOTE, "the new team", long.as_str()),
        ] {
            assert_eq!(rule.judge(good), None, "{good}");
            assert!(rule.judge(bad).is_some_and(|text| !text.is_empty()), "{bad}");
            assert!(!rule.says().is_empty());
        }
    }

    #[test]
    fn nothing_is_said_of_what_is_not_typed_yet() {
        let all =
            [FieldRule::USERNAME, FieldRule::ROLE_NAME, FieldRule::DISPLAY_NAME, FieldRule::EMAIL, FieldRule::ISSUER];
        for rule in all {
            assert_eq!(rule.judge(""), None);
        }
    }

    #[test]
    fn what_breaks_the_rule_of_a_name_is_answered_by_the_rule() {
        assert_eq!(FieldRule::USERNAME.judge("Ab"), Some(FieldRule::USERNAME.says()));
        assert_eq!(FieldRule::RESOURCE_NAME.judge("-a"), Some(FieldRule::RESOURCE_NAME.says()));
        assert_eq!(FieldRule::ISSUER.judge("acme"), Some(FieldRule::ISSUER.says()));
    }
}
