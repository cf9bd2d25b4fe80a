//! The traits between the pages, the REST endpoints and the streams on one side and the server on the other.
//!
//! There is one door: [`Platform`]. Through it one is a [`Session`], from which the nouns hang. Everything a
//! noun answers is already cut to what the session's account may see: what it may not see is
//! [`crate::ErrorKind::NotFound`].

use std::pin::Pin;

use async_trait::async_trait;
use futures_core::Stream;
use http::request::Parts;

use crate::{UiError, i18n::Lang, model::*};

/// What services answer.
pub type Answer<T> = Result<T, UiError>;

/// A topic's messages, the first of them a snapshot. It ends when the session does.
pub type LiveStream = Pin<Box<dyn Stream<Item = LiveMessage> + Send>>;

/// A text in parts.
pub type TextStream = Pin<Box<dyn Stream<Item = Answer<String>> + Send>>;

/// The door.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Who knocks; looked up anew for each request. Fails with `SignedOut` when nobody is signed in, with
    /// `PasswordChangeRequired` while a one-time password has not been changed, and with `SecondFactorRequired` while
    /// the tenant asks for a second factor and there is none.
    async fn session(&self, parts: &Parts) -> Answer<std::sync::Arc<dyn Session>>;

    /// Who is signed in, also while the password must be changed or a second factor added; `None` when nobody is.
    async fn viewer(&self, parts: &Parts) -> Answer<Option<Viewer>>;

    /// Signs in: checks name and password within the limits, and makes a new session. It is open by half when the
    /// account has a second factor. After several failures a captcha must be answered, too.
    async fn sign_in(&self, parts: &Parts, form: SignInForm) -> Answer<SignInStep>;

    /// Ends the session, if there is one.
    async fn sign_out(&self, parts: &Parts) -> Answer<()>;

    /// Changes one's own password and ends the account's other sessions.
    async fn change_password(&self, parts: &Parts, form: PasswordForm) -> Answer<()>;

    /// Judges a password as it would be when it is chosen. Fails with `SignedOut`.
    async fn judge_password(&self, parts: &Parts, form: StrengthForm) -> Answer<Strength>;

    /// The second step of signing in, and one's own second factor.
    fn second_factors(&self) -> &dyn SecondFactors;

    /// What shows that one is a person.
    fn captchas(&self) -> &dyn Captchas;

    /// The ways in for somebody who cannot sign in yet.
    fn welcome(&self) -> &dyn Welcome;
}

/// The second step of signing in, and one's own second factor. It stands before the [`Session`], since it is needed
/// to get there.
#[async_trait]
pub trait SecondFactors: Send + Sync {
    /// Whether the password was right and the second step is awaited.
    async fn is_awaited(&self, parts: &Parts) -> Answer<bool>;
    /// The second step: signs in with a code. Fails with `SignedOut` when no right password came before, and with
    /// `Invalid` when the code is wrong or was used.
    async fn complete(&self, parts: &Parts, form: CodeForm) -> Answer<Viewer>;
    /// One's own second factor, and what of it this session may still be shown.
    async fn get(&self, parts: &Parts) -> Answer<SecondFactor>;
    /// Begins an enrolment. Fails with `Conflict` when there is a second factor.
    async fn begin(&self, parts: &Parts, form: AgainForm) -> Answer<Enrolment>;
    /// Puts the enrolment that this session has begun into use, by a first code.
    async fn confirm(&self, parts: &Parts, form: CodeForm) -> Answer<RecoveryCodes>;
    /// Makes new recovery codes; the others are worth nothing then.
    async fn renew_codes(&self, parts: &Parts, form: ProofForm) -> Answer<RecoveryCodes>;
    /// Shows neither the enrolment nor the recovery codes to this session any more.
    async fn put_away(&self, parts: &Parts) -> Answer<()>;
    /// Takes the second factor away.
    async fn remove(&self, parts: &Parts, form: ProofForm) -> Answer<()>;
}

/// What shows that one is a person, for whoever is not signed in.
#[async_trait]
pub trait Captchas: Send + Sync {
    /// Makes one. The caller's oldest give way when there are many.
    async fn create(&self, parts: &Parts) -> Answer<Captcha>;
    /// Its picture (PNG). Fails with `NotFound` after its time or its one attempt.
    async fn picture(&self, parts: &Parts, id: &str) -> Answer<Vec<u8>>;
    /// Its sound (WAV) in a language. Fails as the picture does.
    async fn sound(&self, parts: &Parts, id: &str, lang: Lang) -> Answer<Vec<u8>>;
}

/// Coming in without a password: registering a tenant, and the links that lead in. Limited per address.
#[async_trait]
pub trait Welcome: Send + Sync {
    /// Whether anybody may register a tenant.
    async fn is_open(&self, parts: &Parts) -> Answer<bool>;

    /// Makes a tenant with its main account in one transaction, and signs that in. Fails with `Forbidden` when
    /// registering is not possible without a link, or at all; otherwise as [`Welcome::look`] does, and as
    /// [`Tenants::create`] does.
    async fn register(&self, parts: &Parts, form: RegistrationForm) -> Answer<Viewer>;

    /// What a link is for. Fails with `NotFound` when there is none with that token, and with `Conflict` when it cannot
    /// be used any more: used, expired, taken back, its tenant suspended or gone, its maker not allowed any more.
    async fn look(&self, parts: &Parts, token: LinkToken) -> Answer<LinkView>;

    /// Uses a link: makes the member's account and signs it in, or sets the new password, ends the account's sessions
    /// and answers nobody. Fails as [`Welcome::look`] does; of two at once one wins.
    async fn follow(&self, parts: &Parts, form: LinkForm) -> Answer<Option<Viewer>>;
}

/// Somebody who is signed in.
pub trait Session: Send + Sync {
    /// Who.
    fn viewer(&self) -> &Viewer;
    /// Tenants.
    fn tenants(&self) -> &dyn Tenants;
    /// Accounts.
    fn accounts(&self) -> &dyn Accounts;
    /// Roles.
    fn roles(&self) -> &dyn Roles;
    /// Tokens.
    fn tokens(&self) -> &dyn Tokens;
    /// Who may do what, and why.
    fn access(&self) -> &dyn AccessControl;
    /// Where one is signed in.
    fn sessions(&self) -> &dyn Sessions;
    /// Links by which somebody comes in.
    fn links(&self) -> &dyn Links;
    /// The platform's own settings.
    fn platform(&self) -> &dyn PlatformControl;
    /// Clusters.
    fn clusters(&self) -> &dyn Clusters;
    /// Nodes.
    fn nodes(&self) -> &dyn Nodes;
    /// Pods.
    fn pods(&self) -> &dyn Pods;
    /// Namespaces.
    fn namespaces(&self) -> &dyn Namespaces;
    /// Templates.
    fn templates(&self) -> &dyn Templates;
    /// Applications and their releases.
    fn apps(&self) -> &dyn Apps;
    /// Durable operations.
    fn operations(&self) -> &dyn Operations;
    /// The audit trail.
    fn audit(&self) -> &dyn Audit;
    /// The command palette.
    fn search(&self) -> &dyn Search;
    /// Live topics.
    fn live(&self) -> &dyn Live;
}

/// Tenants; for the platform's administrators, but for what a tenant's main account decides.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// All tenants, by name.
    async fn list(&self) -> Answer<Vec<TenantRow>>;
    /// One tenant.
    async fn get(&self, id: TenantId) -> Answer<TenantRow>;
    /// Makes a tenant and its main account in one transaction.
    async fn create(&self, form: NewTenant) -> Answer<TenantRow>;
    /// What a tenant asks of its people's sign-in; `tenant` is `None` for one's own.
    async fn security(&self, tenant: Option<TenantId>) -> Answer<TenantSecurity>;
    /// Changes what a tenant asks of its people's sign-in.
    async fn change_security(&self, tenant: Option<TenantId>, security: TenantSecurity) -> Answer<TenantSecurity>;
    /// Keeps a tenant's people out and ends their sessions at once; its applications run on. Fails with `Conflict` when
    /// it is suspended already, or is being deleted.
    async fn suspend(&self, id: TenantId, form: SuspendForm) -> Answer<TenantRow>;
    /// Lets a suspended tenant's people in again. Fails with `Conflict` when it is not suspended, or is being deleted.
    async fn resume(&self, id: TenantId) -> Answer<TenantRow>;
    /// Starts the deletion of a tenant with its accounts, roles and templates; refused with a list while it owns
    /// anything. `confirm` is its name.
    async fn delete(&self, id: TenantId, confirm: String) -> Answer<OperationId>;
}

/// Accounts of a tenant, and of the platform.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// The tenant's accounts, by name; `tenant` is `None` for one's own.
    async fn list(&self, tenant: Option<TenantId>) -> Answer<Vec<AccountRow>>;
    /// One account with its roles; one's own is always there.
    async fn get(&self, id: AccountId) -> Answer<AccountDetail>;
    /// Makes an account in the tenant; nobody gives a role above their own.
    async fn create(&self, tenant: Option<TenantId>, form: NewAccount) -> Answer<AccountRow>;
    /// Changes names and e-mail: one's own, or with the permission another's. Fails with `Conflict` when it was
    /// changed since the form's version was read.
    async fn update(&self, id: AccountId, form: AccountForm) -> Answer<AccountRow>;
    /// Keeps an account from signing in and ends its sessions at once. Refused for the main account and oneself.
    async fn disable(&self, id: AccountId) -> Answer<AccountRow>;
    /// Lets a disabled account sign in again.
    async fn enable(&self, id: AccountId) -> Answer<AccountRow>;
    /// Gives an account a new first password and ends its sessions.
    async fn reset_password(&self, id: AccountId, form: FirstPassword) -> Answer<()>;
    /// Takes the second factor of somebody else away, who has lost it, and ends their sessions. Fails with `Conflict`
    /// when there is none, or it is one's own.
    async fn reset_second_factor(&self, id: AccountId) -> Answer<()>;
    /// Deletes an account with its bindings and sessions, all or nothing. `confirm` is its user name. Refused for the
    /// main account and oneself.
    async fn delete(&self, id: AccountId, confirm: String) -> Answer<()>;
    /// Makes another account of the tenant its main account; the former one becomes an administrator. `confirm` is the
    /// new one's user name.
    async fn hand_over(&self, id: AccountId, confirm: String) -> Answer<AccountRow>;
    /// Gives an account a role somewhere. Refused when the role allows there what one may not do oneself.
    async fn bind(&self, id: AccountId, form: NewBinding) -> Answer<BindingRow>;
    /// Takes a role from an account.
    async fn unbind(&self, id: AccountId, binding: BindingId) -> Answer<()>;
}

/// Roles: the built-in ones, and those that a tenant makes.
#[async_trait]
pub trait Roles: Send + Sync {
    /// The roles that can be given in the tenant, built-in ones first; `tenant` is `None` for one's own.
    async fn list(&self, tenant: Option<TenantId>) -> Answer<Vec<RoleRow>>;
    /// One custom role.
    async fn get(&self, id: RoleId) -> Answer<RoleRow>;
    /// Makes a role. Refused when it allows what one may not do oneself.
    async fn create(&self, tenant: Option<TenantId>, form: RoleForm) -> Answer<RoleRow>;
    /// Changes a role, and so what everybody may do who has it. Refused as making it is, and with `Conflict` when it
    /// was changed since the form's version was read.
    async fn update(&self, id: RoleId, form: RoleForm) -> Answer<RoleRow>;
    /// Deletes a role that nobody has. `confirm` is its name.
    async fn delete(&self, id: RoleId, confirm: String) -> Answer<()>;
}

/// Who may do what, and why.
#[async_trait]
pub trait AccessControl: Send + Sync {
    /// What an account may do at a place, and through which bindings; everybody may ask about themselves.
    async fn explain(&self, query: AccessQuery) -> Answer<AccessAnswer>;
    /// Who may do something at a place, and through which bindings.
    async fn who(&self, query: AccessQuery) -> Answer<Vec<WhoRow>>;
    /// The places where a role can be given in the tenant; `tenant` is `None` for one's own.
    async fn scopes(&self, tenant: Option<TenantId>) -> Answer<Vec<ScopeChoice>>;
}

/// One's own sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// All that are not over, the latest used first; 200 at most.
    async fn list(&self) -> Answer<Vec<SessionRow>>;
    /// Ends one, and its streams. Another's is `NotFound`.
    async fn revoke(&self, id: SessionId) -> Answer<()>;
    /// Ends all but the one that asks.
    async fn revoke_others(&self) -> Answer<()>;
}

/// Service accounts and tokens. No token makes, lists or revokes tokens.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The tokens of a service account, by name; `account` is `None` for one's own. Another person's are not found.
    async fn list(&self, account: Option<AccountId>) -> Answer<Vec<TokenRow>>;
    /// What a token of the account can be made for.
    async fn choices(&self, account: Option<AccountId>) -> Answer<TokenChoices>;
    /// Makes a token and shows it this once. Refused for a service account that may do more than whoever asks.
    async fn create(&self, account: Option<AccountId>, form: NewToken) -> Answer<MadeToken>;
    /// Ends a token and its open streams: one's own, or a service account's.
    async fn revoke(&self, id: TokenId) -> Answer<()>;
    /// Makes a service account in the tenant, without a role; `tenant` is `None` for one's own.
    async fn create_service_account(&self, tenant: Option<TenantId>, form: NewServiceAccount) -> Answer<AccountRow>;
}

/// Links by which somebody comes in who cannot sign in yet.
#[async_trait]
pub trait Links: Send + Sync {
    /// The links of a tenant, newest first; `tenant` is `None` for one's own, or for the platform's.
    async fn list(&self, tenant: Option<TenantId>) -> Answer<Vec<LinkRow>>;
    /// Makes a link, whose address is told this once. For a tenant, `tenant.manage` is needed; for a member,
    /// `account.manage`, and for a role what giving it needs; for a new password, what resetting it needs.
    async fn create(&self, form: NewLink) -> Answer<MadeLink>;
    /// Takes a link back. Fails with `Conflict` when it cannot be used any more anyway.
    async fn revoke(&self, id: LinkId) -> Answer<()>;
}

/// The platform's own settings; for its administrators.
#[async_trait]
pub trait PlatformControl: Send + Sync {
    /// The settings.
    async fn get(&self) -> Answer<PlatformSettings>;
    /// Changes them. Fails with `Conflict` when they were changed since the form's version was read.
    async fn update(&self, form: PlatformForm) -> Answer<PlatformSettings>;
}

/// Clusters.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// The clusters that the account may see, by name. A tenant's people see those with a namespace of theirs.
    async fn list(&self) -> Answer<Vec<ClusterRow>>;
    /// Counts, sums and troubles of one cluster.
    async fn overview(&self, id: ClusterId) -> Answer<ClusterOverview>;
    /// Looks where a kubeconfig leads, and keeps nothing.
    async fn check(&self, form: NewCluster) -> Answer<ClusterCheck>;
    /// Checks and keeps a kubeconfig, and starts to watch the cluster.
    async fn connect(&self, form: NewCluster) -> Answer<ClusterRow>;
    /// Forgets a cluster without touching it; refused while it has namespaces. `confirm` is its name.
    async fn disconnect(&self, id: ClusterId, confirm: String) -> Answer<()>;
}

/// Nodes; for the platform's administrators.
#[async_trait]
pub trait Nodes: Send + Sync {
    /// A page.
    async fn list(&self, query: NodeQuery) -> Answer<Page<NodeRow>>;
    /// One node.
    async fn get(&self, cluster: ClusterId, name: String) -> Answer<NodeDetail>;
}

/// Pods; a tenant's people see those of their namespaces.
#[async_trait]
pub trait Pods: Send + Sync {
    /// A page.
    async fn list(&self, query: PodQuery) -> Answer<Page<PodRow>>;
}

/// Namespaces.
#[async_trait]
pub trait Namespaces: Send + Sync {
    /// The namespaces that the account may see, by cluster and name.
    async fn list(&self) -> Answer<Vec<NamespaceRow>>;
    /// One namespace.
    async fn get(&self, id: NamespaceId) -> Answer<NamespaceRow>;
    /// Makes a namespace in the cluster, with quota, limits, network policy and Pod Security labels.
    async fn create(&self, form: NewNamespace) -> Answer<NamespaceRow>;
    /// Deletes an empty namespace; refused with a list while it has applications. `confirm` is its name.
    async fn delete(&self, id: NamespaceId, confirm: String) -> Answer<OperationId>;
}

/// Templates.
#[async_trait]
pub trait Templates: Send + Sync {
    /// The tenant's and the platform's templates, by name.
    async fn list(&self) -> Answer<Vec<TemplateRow>>;
    /// One template.
    async fn get(&self, id: TemplateId) -> Answer<TemplateDetail>;
    /// Makes a template: a tenant's people for the tenant, the platform's for all.
    async fn create(&self, form: TemplateForm) -> Answer<TemplateRow>;
    /// Makes a new version of a template.
    async fn update(&self, id: TemplateId, form: TemplateForm) -> Answer<TemplateRow>;
}

/// Applications and their releases.
#[async_trait]
pub trait Apps: Send + Sync {
    /// A page.
    async fn list(&self, query: AppQuery) -> Answer<Page<AppRow>>;
    /// One application.
    async fn get(&self, id: AppId) -> Answer<AppDetail>;
    /// Whether a specification fits; changes nothing.
    async fn fit(&self, request: FitRequest) -> Answer<FitAnswer>;
    /// Records the first release and starts its operation. Refused when it does not fit.
    async fn publish(&self, form: NewApp) -> Answer<Started>;
    /// Records a release and starts its operation. Refused when it does not fit, when the form was filled in
    /// from an older release, or while another operation of the application runs.
    async fn upgrade(&self, id: AppId, form: Upgrade) -> Answer<Started>;
    /// What a rollback to a release would change against what runs now.
    async fn rollback_preview(&self, id: AppId, release: u32) -> Answer<ReleaseDiff>;
    /// Records a release that is the earlier one again, image and configuration, and starts its operation.
    async fn roll_back(&self, id: AppId, release: u32, reason: String) -> Answer<Started>;
    /// What a deletion would remove.
    async fn delete_preview(&self, id: AppId) -> Answer<DeletePreview>;
    /// Starts the deletion; `confirm` is the application's name.
    async fn delete(&self, id: AppId, confirm: String) -> Answer<Started>;
    /// One release, whole.
    async fn release(&self, id: AppId, release: u32) -> Answer<ReleaseDetail>;
    /// The difference between two releases.
    async fn compare(&self, id: AppId, left: u32, right: u32) -> Answer<ReleaseDiff>;
}

/// Durable operations.
#[async_trait]
pub trait Operations: Send + Sync {
    /// A page, newest first.
    async fn list(&self, query: OperationQuery) -> Answer<Page<OperationRow>>;
    /// One operation with its steps.
    async fn get(&self, id: OperationId) -> Answer<OperationDetail>;
}

/// The audit trail.
#[async_trait]
pub trait Audit: Send + Sync {
    /// A page, newest first: of the tenant for its owner, of everything for the platform's administrators. Fails with
    /// `Invalid` naming each field of the query that cannot be read.
    async fn list(&self, query: AuditQuery) -> Answer<AuditPage>;
    /// One entry by its number, with what changed.
    async fn get(&self, sequence: u64) -> Answer<AuditDetail>;
    /// What a query chooses, oldest first, as text: `csv` or `json` (one object a line). The text comes in parts, and
    /// ends with an error when the session does. Leaves an entry itself.
    async fn export(&self, query: AuditQuery, format: String) -> Answer<TextStream>;
    /// Verifies a part of the chain, behind entry `after` or from the beginning; for the platform's people alone.
    async fn verify(&self, after: Option<u64>) -> Answer<AuditVerification>;
}

/// The command palette.
#[async_trait]
pub trait Search: Send + Sync {
    /// At most 20 things whose name contains `q`, best first, of those that the account may see.
    async fn find(&self, q: String) -> Answer<Vec<SearchHit>>;
}

/// Live topics.
#[async_trait]
pub trait Live: Send + Sync {
    /// Watches a topic. Fails like the read of the same thing would.
    async fn watch(&self, topic: Topic) -> Answer<LiveStream>;
}
