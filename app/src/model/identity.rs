//! Signing in by an identity provider: what the sign-in page offers, why it came to nothing, and which providers know
//! one's own account.

use serde::{Deserialize, Serialize};

use super::{IdentityId, Millis};
use crate::{i18n::Text, text};

/// A provider on the sign-in page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedProvider {
    /// Its part of addresses.
    pub slug: String,
    /// The name on the button.
    pub name: String,
}

/// What the sign-in page has to say and to offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInOffer {
    /// Why one is here again.
    pub notice: Option<Text>,
    /// By whom one may sign in.
    pub providers: Vec<OfferedProvider>,
}

/// An account that a provider knows, to whoever it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct IdentityRow {
    /// The identity.
    pub id: IdentityId,
    /// The provider's name.
    pub provider: String,
    /// Since when.
    pub created_at: Millis,
    /// The last sign-in by it, if there was one.
    pub last_sign_in: Option<Millis>,
    /// The account has no other way in: no password was ever chosen, and no other provider knows it.
    pub only_way: bool,
}

/// By which providers one signs in, and by which one could.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct OwnIdentities {
    /// Those that know the account.
    pub linked: Vec<IdentityRow>,
    /// The parts of addresses and the names of those that could.
    pub offered: Vec<(String, String)>,
    /// Whether one has signed in so lately that one may link another.
    pub fresh: bool,
}

/// Why nobody was signed in by a provider. It stands in the address of the page that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    /// Whoever was asked said no, at the provider.
    Denied,
    /// The provider refused for a reason of its own.
    Refused,
    /// The answer belongs to nothing that this browser has begun.
    State,
    /// It was begun too long ago.
    Expired,
    /// It has come back before.
    Used,
    /// The provider cannot be reached.
    Unreachable,
    /// The provider does not answer in time.
    Slow,
    /// What the provider says cannot be believed.
    Untrusted,
    /// There is no account, and none is made.
    NoAccount,
    /// The account is disabled.
    Disabled,
    /// The tenant is suspended.
    Suspended,
    /// There is no such provider, or nobody signs in by it.
    Gone,
    /// Too many attempts.
    TooMany,
    /// The identity is another account's.
    Taken,
    /// One has signed in too long ago to link an account.
    Stale,
}

impl SignInProblem {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Denied,
        Self::Refused,
        Self::State,
        Self::Expired,
        Self::Used,
        Self::Unreachable,
        Self::Slow,
        Self::Untrusted,
        Self::NoAccount,
        Self::Disabled,
        Self::Suspended,
        Self::Gone,
        Self::TooMany,
        Self::Taken,
        Self::Stale,
    ];

    /// The name in addresses and the audit trail.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Refused => "refused",
            Self::State => "state",
            Self::Expired => "expired",
            Self::Used => "used",
            Self::Unreachable => "unreachable",
            Self::Slow => "slow",
            Self::Untrusted => "untrusted",
            Self::NoAccount => "no_account",
            Self::Disabled => "disabled",
            Self::Suspended => "suspended",
            Self::Gone => "gone",
            Self::TooMany => "too_many",
            Self::Taken => "taken",
            Self::Stale => "stale",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|problem| problem.as_str() == name)
    }

    /// What happened, and what to do next.
    pub fn words(self) -> Text {
        match self {
            Self::Denied => text!(
                "You did not agree at the identity provider, so nobody was signed in.",
                "您在身份提供商处未同意授权，因此没有登录。"
            ),
            Self::Refused => text!(
                "The identity provider refused. Try again; if it stays, ask your administrator to check the provider.",
                "身份提供商拒绝了请求。请重试；若仍失败，请联系管理员检查该身份提供商。"
            ),
            Self::State => text!(
                "This answer belongs to nothing that this browser has begun, or it was used already. Begin anew.",
                "此响应不属于本浏览器发起的登录，或已被使用。请重新开始。"
            ),
            Self::Expired => text!(
                "It took more than ten minutes at the identity provider. Begin anew.",
                "在身份提供商处停留超过十分钟，请重新开始。"
            ),
            Self::Used => text!("This answer was used already. Begin anew.", "此响应已被使用，请重新开始。"),
            Self::Unreachable => text!(
                "The identity provider cannot be reached just now. Try again in a minute.",
                "暂时无法连接身份提供商，请稍后重试。"
            ),
            Self::Slow => text!(
                "The identity provider does not answer in time. Try again in a minute.",
                "身份提供商未能及时响应，请稍后重试。"
            ),
            Self::Untrusted => text!(
                "What the identity provider answered cannot be believed. Ask your administrator to check the provider.",
                "身份提供商的响应未通过校验，请联系管理员检查该身份提供商。"
            ),
            Self::NoAccount => text!(
                "You have no account here. Ask whoever manages accounts for an invitation; then link it in your settings.",
                "您在此没有账号。请向账号管理员索取邀请，登录后在设置中关联。"
            ),
            Self::Disabled => {
                text!("Your account is disabled. Ask whoever manages accounts.", "您的账号已停用，请联系账号管理员。")
            }
            Self::Suspended => text!(
                "Your tenant is suspended. Its apps run on. Ask the platform's administrator.",
                "您的租户已被暂停，其应用仍在运行。请联系平台管理员。"
            ),
            Self::Gone => text!(
                "There is no such identity provider for you, or nobody signs in by it any more.",
                "没有可供您使用的此身份提供商，或其已停用。"
            ),
            Self::TooMany => text!(
                "Too many attempts came from your address. Wait a quarter of an hour.",
                "来自您所在地址的尝试过多，请等待一刻钟。"
            ),
            Self::Taken => text!(
                "That identity is linked with another account, or yours is linked with another identity there.",
                "该身份已关联其他账号，或您的账号已关联该提供商的另一个身份。"
            ),
            Self::Stale => text!(
                "You have signed in more than ten minutes ago. Sign out and in again; then link your account.",
                "您的登录已超过十分钟。请退出并重新登录后再关联。"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_known_by_its_name() {
        for problem in SignInProblem::ALL {
            assert_eq!(SignInProblem::parse(problem.as_str()), Some(problem));
        }
        assert_eq!(SignInProblem::parse("<script>"), None);
    }
}
