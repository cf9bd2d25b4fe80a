//! Identity providers: who else may say that somebody is who they say (OpenID Connect), for a tenant's people or the
//! platform's own; the form that describes one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Checks, ResourceName, RoleRef, TenantId, display_name, issuer::issuer};
use crate::{UiError, i18n::Text, text};

/// The most rules and default roles of one provider.
pub const MAX_RULES: usize = 50;
/// The most characters of a client's id, a value, and of all scopes.
const MAX_VALUE: usize = 255;
/// The most characters of a client's secret.
const MAX_SECRET: usize = 1_024;
/// The most characters of a claim's name.
const MAX_CLAIM: usize = 128;

/// Whoever has this value in this claim gets this role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RoleRule {
    /// The claim's name: `groups`. Dots lead into an object: `realm_access.roles`.
    #[serde(default)]
    pub claim: String,
    /// The value; of a list, one of its values.
    #[serde(default)]
    pub value: String,
    /// A built-in role's name or a custom role's id.
    #[serde(default)]
    pub role: String,
}

/// The form of a provider, for making and changing one.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ProviderForm {
    /// Whose people sign in by it: a tenant's id, or nothing for the platform's own. It stays as it is made.
    pub tenant: String,
    /// Lower-case letters, digits and hyphens, 40 at most; unique over the platform, and part of the address to which
    /// people come back. It stays as it is made.
    pub slug: String,
    /// The name for people: the button says “Sign in with …”.
    pub name: String,
    /// The provider's address, as in its discovery document. It stays as it is made: people are known by it.
    pub issuer: String,
    /// How the provider knows Longshore.
    pub client_id: String,
    /// What Longshore proves that with. It is never answered; the present one stays when it is empty.
    pub client_secret: String,
    /// What is asked for besides `openid profile email`, separated by spaces.
    pub scopes: String,
    /// The claim that new accounts are named after; `preferred_username`, else `email`, when it is empty.
    pub name_claim: String,
    /// Whether whoever comes for the first time gets an account.
    pub creates_accounts: bool,
    /// Whether everybody sees its button on the sign-in page.
    pub shown: bool,
    /// Nobody signs in by it, and its sessions are over.
    pub disabled: bool,
    /// Which roles follow from which claims. Rules of which nothing is filled in are passed over.
    pub rules: Vec<RoleRule>,
    /// The roles of everybody who signs in by it, besides those of the rules.
    pub default_roles: Vec<String>,
    /// The version that was read, when the change must not overwrite another.
    pub version: Option<i64>,
}

impl fmt::Debug for ProviderForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderForm").field("slug", &self.slug).finish_non_exhaustive()
    }
}

/// What of a form can change, checked. Whether roles exist and the provider answers is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedProvider {
    /// The name on the button.
    pub name: String,
    /// How the provider knows Longshore.
    pub client_id: String,
    /// What is asked for besides the usual.
    pub scopes: Vec<String>,
    /// The claim of the name; empty for the usual ones.
    pub name_claim: String,
    /// Which roles follow from which claims.
    pub rules: Vec<(String, String, RoleRef)>,
    /// The roles of everybody.
    pub default_roles: Vec<RoleRef>,
}

/// What of a form stays, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedOrigin {
    /// Whose people; `None` for the platform's.
    pub tenant: Option<TenantId>,
    /// Its part of addresses.
    pub slug: ResourceName,
    /// The issuer.
    pub issuer: String,
}

impl ProviderForm {
    /// What of it can change, or every field's error. `new` says that a secret is needed.
    pub fn parse(&self, new: bool) -> Result<CheckedProvider, UiError> {
        let mut checks = Checks::default();
        let changing = self.changing(&mut checks, new);
        checks.finish(changing)
    }

    /// The same together with what stays.
    pub fn parse_new(&self) -> Result<(CheckedOrigin, CheckedProvider), UiError> {
        let mut checks = Checks::default();
        let tenant = match self.tenant.trim() {
            "" => Some(None),
            id => id.parse().ok().map(Some),
        };
        if tenant.is_none() {
            checks.fail("tenant", text!("Choose a tenant that exists.", "请选择一个存在的租户。"));
        }
        let slug = checks.take(ResourceName::parse("slug", &self.slug));
        let issuer = checks.take(issuer("issuer", &self.issuer));
        let changing = self.changing(&mut checks, true);
        let origin = tenant.zip(slug).zip(issuer);
        let origin = origin.map(|((tenant, slug), issuer)| CheckedOrigin { tenant, slug, issuer });
        checks.finish(origin.zip(changing))
    }

    fn changing(&self, checks: &mut Checks, new: bool) -> Option<CheckedProvider> {
        let name = checks.take(display_name("name", &self.name));
        let client_id = printable(checks, "client_id", &self.client_id, MAX_VALUE);
        if client_id.as_deref() == Some("") {
            checks.fail(
                "client_id",
                text!("The provider gives you one; write it here.", "请填写由身份提供商分配的客户端 ID。"),
            );
        }
        let secret = printable(checks, "client_secret", &self.client_secret, MAX_SECRET);
        if new && secret.as_deref() == Some("") {
            checks.fail(
                "client_secret",
                text!(
                    "A secret is needed: make the client confidential at the provider.",
                    "请填写密钥；在身份提供商处请将客户端设为机密类型。"
                ),
            );
        }
        let scopes = self.checked_scopes(checks);
        let name_claim = claim(checks, "name_claim", &self.name_claim);
        let rules = self.checked_rules(checks);
        let default_roles = self.checked_defaults(checks);
        Some(CheckedProvider {
            name: name?,
            client_id: client_id?,
            scopes: scopes?,
            name_claim: name_claim?,
            rules: rules?,
            default_roles: default_roles?,
        })
    }

    /// Scopes as RFC 6749, section 3.3, has them.
    fn checked_scopes(&self, checks: &mut Checks) -> Option<Vec<String>> {
        let mut scopes: Vec<String> = Vec::new();
        for scope in self.scopes.split_whitespace() {
            if !scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\') {
                checks.fail(
                    "scopes",
                    text!("Separate scopes by spaces: groups roles.", "请用空格分隔各个 scope，如 groups roles。"),
                );
                return None;
            }
            let usual = ["openid", "profile", "email"].contains(&scope);
            if !usual && !scopes.iter().any(|s| s == scope) {
                scopes.push(scope.to_owned());
            }
        }
        if scopes.join(" ").len() > MAX_VALUE {
            checks.fail("scopes", too_long(MAX_VALUE));
            return None;
        }
        Some(scopes)
    }

    fn checked_rules(&self, checks: &mut Checks) -> Option<Vec<(String, String, RoleRef)>> {
        let mut rules = Vec::new();
        for rule in &self.rules {
            let empty = [&rule.claim, &rule.value, &rule.role].iter().all(|part| part.trim().is_empty());
            if empty {
                continue;
            }
            let claim = claim(checks, "rules", &rule.claim)?;
            let value = rule.value.trim();
            if claim.is_empty() || value.is_empty() {
                checks.fail(
                    "rules",
                    text!("A rule needs a claim, a value and a role.", "每条规则都需要声明、值和角色。"),
                );
                return None;
            }
            if value.chars().count() > MAX_VALUE || value.chars().any(char::is_control) {
                checks.fail("rules", too_long(MAX_VALUE));
                return None;
            }
            let Some(role) = RoleRef::parse(&rule.role) else {
                checks.fail(
                    "rules",
                    text!("Choose a role that exists for each rule.", "请为每条规则选择一个存在的角色。"),
                );
                return None;
            };
            let rule = (claim, value.to_owned(), role);
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        if rules.len() > MAX_RULES {
            checks.fail("rules", text!("There can be {MAX_RULES} rules at most.", "最多可有 {MAX_RULES} 条规则。"));
            return None;
        }
        Some(rules)
    }

    fn checked_defaults(&self, checks: &mut Checks) -> Option<Vec<RoleRef>> {
        let mut roles = Vec::new();
        for name in self.default_roles.iter().filter(|name| !name.trim().is_empty()) {
            let Some(role) = RoleRef::parse(name) else {
                checks.fail("default_roles", text!("Choose roles that exist.", "请选择存在的角色。"));
                return None;
            };
            if !roles.contains(&role) {
                roles.push(role);
            }
        }
        if roles.len() > MAX_RULES {
            checks.fail(
                "default_roles",
                text!("There can be {MAX_RULES} roles at most.", "最多可有 {MAX_RULES} 个角色。"),
            );
            return None;
        }
        Some(roles)
    }
}

fn too_long(most: usize) -> Text {
    text!("Use at most {most} characters, and no control characters.", "最多 {most} 个字符，且不能包含控制字符。")
}

/// A value without spaces around it, of characters that can be seen.
fn printable(checks: &mut Checks, field: &str, value: &str, most: usize) -> Option<String> {
    let value = value.trim();
    if value.chars().count() > most || value.chars().any(char::is_control) {
        checks.fail(field, too_long(most));
        return None;
    }
    Some(value.to_owned())
}

/// The name of a claim: without spaces.
fn claim(checks: &mut Checks, field: &str, value: &str) -> Option<String> {
    let value = value.trim();
    if value.len() > MAX_CLAIM || value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        checks.fail(
            field,
            text!(
                "A claim's name has no spaces and at most {MAX_CLAIM} characters.",
                "声明名称不能含空格，最多 {MAX_CLAIM} 个字符。"
            ),
        );
        return None;
    }
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> ProviderForm {
        ProviderForm {
            slug: "acme".into(),
            name: "Acme".into(),
            issuer: "https://login.acme.example/realm".into(),
            client_id: "longshore".into(),
            client_secret: "s3cret".into(),
            ..ProviderForm::default()
        }
    }

    fn wrong(form: &ProviderForm) -> Vec<String> {
        form.parse_new().expect_err("refused").fields.into_iter().map(|f| f.field).collect()
    }

    #[test]
    fn a_form_is_whole_or_every_field_is_named() {
        let (origin, checked) = form().parse_new().expect("valid");
        assert_eq!((origin.tenant, origin.slug.as_str()), (None, "acme"));
        assert!(checked.rules.is_empty() && checked.scopes.is_empty());
        let nothing = ProviderForm { tenant: "no id".into(), ..ProviderForm::default() };
        assert_eq!(wrong(&nothing), ["tenant", "slug", "issuer", "name", "client_id", "client_secret"]);
        assert!(ProviderForm { client_secret: String::new(), ..form() }.parse(false).is_ok(), "the present one stays");
    }

    #[test]
    fn rules_are_whole_and_empty_ones_are_passed_over() {
        let rule = |claim: &str, value: &str, role: &str| RoleRule {
            claim: claim.into(),
            value: value.into(),
            role: role.into(),
        };
        let rules = vec![rule("groups", "devs", "developer"), rule("", " ", ""), rule("groups", "devs", "developer")];
        let (_, checked) = ProviderForm { rules, ..form() }.parse_new().expect("valid");
        assert_eq!(checked.rules.len(), 1);
        for bad in [
            rule("", "devs", "developer"),
            rule("groups", "", "developer"),
            rule("groups", "devs", "emperor"),
            rule("a b", "x", "viewer"),
        ] {
            assert_eq!(wrong(&ProviderForm { rules: vec![bad], ..form() }), ["rules"]);
        }
        let many = (0..=MAX_RULES).map(|n| rule("groups", &n.to_string(), "viewer")).collect();
        assert_eq!(wrong(&ProviderForm { rules: many, ..form() }), ["rules"]);
    }

    #[test]
    fn scopes_are_words_and_the_usual_ones_go_without_saying() {
        let scopes = |scopes: &str| ProviderForm { scopes: scopes.into(), ..form() }.parse_new().map(|(_, c)| c.scopes);
        assert_eq!(scopes("openid  groups profile groups").expect("valid"), ["groups"]);
        assert!(scopes("gro\"ups").is_err());
    }

    #[test]
    fn a_form_hides_its_secret() {
        assert!(!format!("{:?}", form()).contains("s3cret"));
    }
}
