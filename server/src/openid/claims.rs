//! What follows from a provider's claims: roles, names, and whether it has asked for a second factor. Pure.

use std::collections::BTreeSet;

use app::model::{Username, display_name, email};
use serde_json::{Map, Value};

/// Ways of proving who one is that make a second factor of ours needless (RFC 8176): several factors, a one-time code, a
/// key in hardware, a smart card.
const STRONG: [&str; 4] = ["mfa", "otp", "hwk", "sc"];

/// The most values of a list that are looked at.
const MAX_VALUES: usize = 1_000;

/// The claims of somebody: those of the ID token, and what it does not have from the provider's other answer.
#[derive(Clone, Default)]
pub struct Claims(Map<String, Value>);

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims")
    }
}

impl Claims {
    /// The signed claims go before the others.
    pub fn new(signed: Map<String, Value>, others: Map<String, Value>) -> Self {
        let mut all = others;
        all.extend(signed);
        Self(all)
    }

    /// A claim, by its whole name, or else by the way that dots lead through objects.
    fn find(&self, name: &str) -> Option<&Value> {
        self.0.get(name).or_else(|| {
            let mut parts = name.split('.');
            let first = self.0.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        })
    }

    /// Whether a claim has a value, or a list with that value in it.
    pub fn has(&self, name: &str, value: &str) -> bool {
        match self.find(name) {
            Some(Value::Array(values)) => values.iter().take(MAX_VALUES).any(|v| is(v, value)),
            Some(one) => is(one, value),
            None => false,
        }
    }

    /// Whether the provider has asked for more than a password.
    pub fn is_strong(&self) -> bool {
        STRONG.iter().any(|way| self.has("amr", way))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.find(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    /// What new accounts are named after: the claim that was chosen, or else the usual ones; of an address what stands
    /// before the @. The subject is no name, but always there.
    pub fn username(&self, chosen: &str) -> String {
        let usual = ["preferred_username", "email", "name", "sub"];
        let found = std::iter::once(chosen).filter(|c| !c.is_empty()).chain(usual).find_map(|name| self.text(name));
        username(found.unwrap_or_default())
    }

    /// The name for people, of what the provider says, or else the user name.
    pub fn display_name(&self, username: &str) -> String {
        let said = self.text("name").map(|name| name.chars().filter(|c| !c.is_control()).take(80).collect::<String>());
        said.and_then(|name| display_name("name", &name).ok()).unwrap_or_else(|| username.to_owned())
    }

    /// The e-mail address; empty when there is none that can be one.
    pub fn email(&self) -> String {
        self.text("email").and_then(|address| email("email", address).ok()).unwrap_or_default()
    }

    /// The roles of the rules (claim, value, role) that hold, and those of everybody.
    pub fn roles<R: Copy + Ord>(&self, rules: &[(String, String, R)], everybody: &[R]) -> BTreeSet<R> {
        let by_rule = rules.iter().filter(|(claim, value, _)| self.has(claim, value)).map(|(.., role)| *role);
        by_rule.chain(everybody.iter().copied()).collect()
    }
}

/// A value of a claim as a rule writes it.
fn is(value: &Value, written: &str) -> bool {
    match value {
        Value::String(text) => text == written,
        Value::Bool(yes) => written == if *yes { "true" } else { "false" },
        Value::Number(number) => number.to_string() == written,
        _ => false,
    }
}

/// Makes a valid user name of whatever somebody is called elsewhere: at most 24 characters, so that there is room for a
/// number behind it.
fn username(said: &str) -> String {
    let said = said.split('@').next().unwrap_or_default().to_lowercase();
    let mut name = String::new();
    for c in said.chars() {
        let c = match c {
            'a'..='z' | '0'..='9' | '.' | '_' | '-' => c,
            _ => '-',
        };
        // One sign between words is enough, and a letter comes first.
        let joins = !c.is_ascii_alphanumeric();
        if (joins && name.ends_with(['-', '.', '_'])) || (name.is_empty() && !c.is_ascii_lowercase()) {
            continue;
        }
        name.push(c);
        if name.len() == 24 {
            break;
        }
    }
    let name = name.trim_end_matches(['-', '.', '_']);
    match Username::parse("username", name) {
        Ok(name) => name.as_str().to_owned(),
        Err(_) if name.is_empty() => "member".to_owned(),
        Err(_) => format!("{name}-member"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(signed: Value, others: Value) -> Claims {
        let map = |value: Value| value.as_object().cloned().unwrap_or_default();
        Claims::new(map(signed), map(others))
    }

    #[test]
    fn a_rule_holds_for_a_value_and_for_one_of_a_list() {
        let claims = claims(
            json!({ "sub": "1", "groups": ["devs", 7], "admin": true, "realm_access": { "roles": ["ops"] } }),
            json!({ "sub": "2", "groups": ["owners"], "team": "quay", "https://x.example/r": "y" }),
        );
        for (name, value) in [
            ("groups", "devs"),
            ("groups", "7"),
            ("admin", "true"),
            ("realm_access.roles", "ops"),
            ("team", "quay"),
            ("https://x.example/r", "y"),
            ("sub", "1"),
        ] {
            assert!(claims.has(name, value), "{name}");
        }
        for (name, value) in
            [("groups", "dev"), ("groups", "owners"), ("realm_access", "ops"), ("nothing", ""), ("sub", "2")]
        {
            assert!(!claims.has(name, value), "{name}");
        }
        let rule = |claim: &str, value: &str, role: u8| (claim.to_owned(), value.to_owned(), role);
        let rules = [rule("groups", "devs", 3), rule("team", "dock", 4), rule("team", "quay", 3)];
        assert_eq!(claims.roles(&rules, &[1]), BTreeSet::from([1, 3]));
        assert!(claims.roles(&rules[1..2], &[]).is_empty());
    }

    #[test]
    fn a_password_elsewhere_is_not_strong() {
        assert!(!claims(json!({ "amr": ["pwd"] }), json!({})).is_strong());
        assert!(!claims(json!({}), json!({})).is_strong());
        assert!(claims(json!({ "amr": ["pwd", "otp"] }), json!({})).is_strong());
    }

    #[test]
    fn any_name_becomes_a_valid_one() {
        for (said, name) in [
            ("Ada.Lovelace@example.org", "ada.lovelace"),
            ("ada", "ada"),
            ("ADA  LOVELACE", "ada-lovelace"),
            ("42-ada", "ada"),
            ("ab", "ab-member"),
            ("港口", "member"),
            ("", "member"),
            ("../../etc/passwd", "etc-passwd"),
            ("a--b__c", "a-b_c"),
            ("<script>alert(1)</script>", "script-alert-1-script"),
            ("x".repeat(200).as_str(), "xxxxxxxxxxxxxxxxxxxxxxxx"),
        ] {
            assert_eq!(username(said), name, "{said}");
            assert!(Username::parse("username", &username(said)).is_ok(), "{said}");
        }
        let named =
            claims(json!({ "sub": "77", "email": "bo@x.example", "nick": "Bosun", "name": "Bo\u{7} B." }), json!({}));
        assert_eq!((named.username(""), named.username("nick")), ("bo-member".to_owned(), "bosun".to_owned()));
        assert_eq!((named.display_name("bo"), named.email()), ("Bo B.".to_owned(), "bo@x.example".to_owned()));
        let nameless = claims(json!({ "sub": "77", "email": "no address" }), json!({}));
        assert_eq!((nameless.display_name("m"), nameless.email()), ("m".to_owned(), String::new()));
    }
}
