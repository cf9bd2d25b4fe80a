//! For every endpoint and server function: the most that somebody could try with what another tenant has.

use app::model::{AppId, AppQuery, ClusterId, NodeQuery, OperationId, PodQuery, Topic, UsageRange};
use http::Method;
use serde_json::{Value, json};

use crate::{
    seed::{Estate, MARK, role_form, spec, token_form},
    support::{new_account, new_tenant},
};

/// What must become of an attempt by another tenant's people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// 404, as if there were no such thing.
    Hidden,
    /// 404, and for the platform's people alone where it is not hidden.
    HiddenFromTenants,
    /// 403: for the platform's people alone.
    Refused,
    /// An answer about one's own things.
    Own,
    /// 404, or 422 with a field that names a thing that does not exist.
    NoSuchChoice,
    /// 409: there is nothing of one's own that it could be done to.
    NothingThere,
    /// 404 for everybody: there is nothing of that id of one's own.
    NothingOfOnes,
    /// 401 for whoever is signed in, too: what has to come before it has not.
    NotBegun,
    /// The same for everybody, signed in or not, and nothing is shown (`same_for_all.rs`).
    ForAnybody,
}

/// An attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The path with its query.
    pub path: String,
    /// A JSON body.
    pub body: Option<Value>,
    /// What must become of it.
    pub expect: Expect,
}

fn attempt(path: impl Into<String>, expect: Expect) -> Attempt {
    Attempt { path: path.into(), body: None, expect }
}

impl Attempt {
    fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// The answer to a ceremony that nobody has begun.
fn no_ceremony() -> Value {
    json!({ "ceremony": "0".repeat(32), "credential": {} })
}

/// An account at a registry on the server's own machine, which is not asked.
fn registry_form(name: &str) -> Value {
    json!({ "name": name, "host": "localhost:1", "username": "mole", "password": "mole" })
}

fn percent(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// The attempt at an endpoint of the REST API; `None` for one that is not listed here.
#[expect(clippy::too_many_lines, reason = "a line for each endpoint there is")]
pub fn rest(method: &Method, path: &str, other: &Estate) -> Option<Attempt> {
    use Expect::{Hidden, HiddenFromTenants, NoSuchChoice, NotBegun, NothingOfOnes, NothingThere, Own, Refused};
    let Estate {
        tenant,
        cluster,
        namespace,
        template,
        app,
        operation,
        audit,
        account,
        role,
        bindings,
        sessions,
        service,
        tokens,
        link,
        passkey,
        provider,
        registry,
        secret,
    } = other;
    let path = path.strip_prefix("/api/v1")?;
    let at = |rest: String, expect| attempt(format!("/api/v1{rest}"), expect);
    Some(match (method.as_str(), path) {
        (
            "GET",
            "/access/own" | "/accounts" | "/clusters" | "/namespaces" | "/registries" | "/session" | "/sessions"
            | "/templates",
        ) => at(path.into(), Own),
        ("DELETE", "/sessions") => at("/sessions?others=true".into(), Own),
        ("DELETE", "/sessions/{id}") => at(format!("/sessions/{}", sessions[0]), Hidden),
        ("PUT", "/session/password") => at(path.into(), NoSuchChoice)
            .body(json!({ "current": "a wrong password", "new": "another good one", "repeat": "another good one" })),
        ("POST", "/session/password/strength") => at(path.into(), Own).body(json!({ "password": "another good one" })),
        ("POST", "/session/code") => at(path.into(), NotBegun).body(json!({ "code": "123456" })),
        ("GET", "/session/second-factor") => at(path.into(), Own),
        ("POST", "/session/second-factor") => at(path.into(), NoSuchChoice).body(json!({ "password": "a wrong one" })),
        ("PUT", "/session/second-factor") => at(path.into(), NothingThere).body(json!({ "code": "123456" })),
        ("POST", "/session/second-factor/recovery-codes") => {
            at(path.into(), NoSuchChoice).body(json!({ "password": "a wrong one", "code": "123456" }))
        }
        ("POST", "/session/second-factor/removal") => {
            at(path.into(), NothingThere).body(json!({ "password": "a wrong one", "code": "123456" }))
        }
        ("GET", "/session/passkeys") => at(path.into(), Own),
        ("POST", "/session/passkeys") => {
            at(path.into(), NoSuchChoice).body(json!({ "name": "mole", "password": "a wrong one" }))
        }
        ("PUT", "/session/passkeys") => at(path.into(), NothingThere).body(no_ceremony()),
        ("GET", "/session/passkeys/{id}") => at(format!("/session/passkeys/{passkey}"), Hidden),
        ("PUT", "/session/passkeys/{id}") => {
            at(format!("/session/passkeys/{passkey}"), Hidden).body(json!({ "name": "mole" }))
        }
        ("POST", "/session/passkeys/{id}/removal") => {
            at(format!("/session/passkeys/{passkey}/removal"), Hidden).body(json!({ "password": "a wrong one" }))
        }
        ("POST", "/session/passkey") => at(path.into(), Own),
        ("POST", "/session/code/passkey") => at(path.into(), NotBegun),
        ("PUT", "/session/passkey" | "/session/code/passkey") => at(path.into(), NotBegun).body(no_ceremony()),
        ("GET", "/tenants/{id}/security") => at(format!("/tenants/{tenant}/security"), Hidden),
        ("PUT", "/tenants/{id}/security") => {
            at(format!("/tenants/{tenant}/security"), Hidden).body(json!({ "second_factor_required": false }))
        }
        ("DELETE", "/accounts/{id}/second-factor") => at(format!("/accounts/{account}/second-factor"), Hidden),
        ("GET", "/tenants") => at(path.into(), Refused),
        ("POST", "/tenants") => at(path.into(), Refused).body(new_tenant("mole", "mole-owner")),
        ("GET", "/tenants/{id}") => at(format!("/tenants/{tenant}"), Refused),
        ("DELETE", "/tenants/{id}") => at(format!("/tenants/{tenant}?confirm=mole"), Refused),
        // Without a reason, so that the platform's own attempt changes nothing either.
        ("PUT", "/tenants/{id}/suspended") => {
            at(format!("/tenants/{tenant}/suspended"), Refused).body(json!({ "reason": "" }))
        }
        ("DELETE", "/tenants/{id}/suspended") => at(format!("/tenants/{tenant}/suspended"), Refused),
        ("GET", "/tenants/{id}/accounts") => at(format!("/tenants/{tenant}/accounts"), Hidden),
        ("POST", "/tenants/{id}/accounts") => {
            at(format!("/tenants/{tenant}/accounts"), Hidden).body(new_account("mole", "owner"))
        }
        ("POST", "/accounts") => at(path.into(), Refused).body(new_account("mole", "platform_admin")),
        ("GET", "/accounts/{id}") => at(format!("/accounts/{account}"), Hidden),
        ("PUT", "/accounts/{id}") => {
            at(format!("/accounts/{account}"), Hidden).body(json!({ "display_name": "Mole", "email": "" }))
        }
        ("DELETE", "/accounts/{id}") => at(format!("/accounts/{account}?confirm=mole"), Hidden),
        ("PUT" | "DELETE", "/accounts/{id}/disabled") => at(format!("/accounts/{account}/disabled"), Hidden),
        ("PUT", "/accounts/{id}/password") => {
            at(format!("/accounts/{account}/password"), Hidden).body(json!({ "password": "the very first password" }))
        }
        ("POST", "/accounts/{id}/main") => at(format!("/accounts/{account}/main?confirm=mole"), Hidden),
        ("POST", "/accounts/{id}/bindings") => at(format!("/accounts/{account}/bindings"), Hidden)
            .body(json!({ "role": "viewer", "scope": format!("tenant/{tenant}") })),
        ("DELETE", "/accounts/{id}/bindings/{binding}") => {
            at(format!("/accounts/{account}/bindings/{}", bindings[0]), Hidden)
        }
        ("GET", "/tokens") => at(path.into(), Own),
        ("POST", "/tokens") => at(path.into(), Own).body(token_form("mole", &["app.read"], &[])),
        ("GET", "/tokens/choices") => at(format!("/tokens/choices?account={service}"), Hidden),
        ("DELETE", "/tokens/{id}") => at(format!("/tokens/{}", tokens[0]), Hidden),
        ("GET", "/accounts/{id}/tokens") => at(format!("/accounts/{service}/tokens"), Hidden),
        ("POST", "/accounts/{id}/tokens") => {
            at(format!("/accounts/{service}/tokens"), Hidden).body(token_form("mole", &["app.read"], &[]))
        }
        ("POST", "/service-accounts") => at(format!("/service-accounts?tenant={tenant}"), Hidden)
            .body(json!({ "username": "mole-robot", "display_name": "Mole" })),
        ("GET", "/platform") => at(path.into(), Refused),
        // Of no kind that there is, so that the platform's own attempt changes nothing either.
        ("PUT", "/platform") => at(path.into(), Refused).body(json!({ "registration": "planet" })),
        ("GET", "/identity-providers") => at(path.into(), Refused),
        ("POST", "/identity-providers") => at(path.into(), Refused).body(json!({ "tenant": tenant })),
        ("GET" | "DELETE", "/identity-providers/{id}") => {
            at(format!("/identity-providers/{provider}?confirm=mole"), Refused)
        }
        ("PUT", "/identity-providers/{id}") => {
            at(format!("/identity-providers/{provider}"), Refused).body(json!({ "name": "mole" }))
        }
        ("POST", "/identity-providers/{id}/check") => at(format!("/identity-providers/{provider}/check"), Refused),
        ("GET", "/session/identities") => at(path.into(), Own),
        ("DELETE", "/session/identities/{id}") => at(format!("/session/identities/{provider}"), NothingOfOnes),
        ("GET", "/links") => at(format!("/links?tenant={tenant}"), Hidden),
        ("POST", "/links") => at(path.into(), Hidden).body(json!({ "kind": "member", "tenant": tenant })),
        ("DELETE", "/links/{id}") => at(format!("/links/{link}"), Hidden),
        ("GET", "/roles") => at(format!("/roles?tenant={tenant}"), Hidden),
        ("POST", "/roles") => at(format!("/roles?tenant={tenant}"), Hidden).body(role_form("mole")),
        ("GET", "/roles/{id}") => at(format!("/roles/{role}"), Hidden),
        ("PUT", "/roles/{id}") => at(format!("/roles/{role}"), Hidden).body(role_form("mole-role")),
        ("DELETE", "/roles/{id}") => at(format!("/roles/{role}?confirm=another"), Hidden),
        ("GET", "/access") => at(format!("/access?account={account}&on=app/{app}"), Hidden),
        ("GET", "/access/who") => at(format!("/access/who?permission=app.read&on=app/{app}"), NoSuchChoice),
        ("GET", "/access/scopes") => at(format!("/access/scopes?tenant={tenant}"), Hidden),
        ("POST", "/clusters" | "/clusters/check") => {
            at(path.into(), Refused).body(json!({ "name": "mole", "kubeconfig": "apiVersion: v1" }))
        }
        ("GET", "/clusters/{id}") => at(format!("/clusters/{cluster}"), Hidden),
        ("DELETE", "/clusters/{id}") => at(format!("/clusters/{cluster}?confirm={MARK}"), Refused),
        ("PUT", "/clusters/{id}/kubeconfig") => {
            at(format!("/clusters/{cluster}/kubeconfig"), Refused).body(json!({ "kubeconfig": "apiVersion" }))
        }
        ("GET", "/clusters/{id}/metrics") => at(format!("/clusters/{cluster}/metrics"), Refused),
        ("PUT", "/clusters/{id}/metrics") => {
            at(format!("/clusters/{cluster}/metrics"), Refused).body(json!({ "service": "monitoring/mole:9090" }))
        }
        ("GET", "/clusters/{id}/nodes") => at(format!("/clusters/{cluster}/nodes"), HiddenFromTenants),
        ("GET", "/clusters/{id}/nodes/{name}") => {
            at(format!("/clusters/{cluster}/nodes/{MARK}-node"), HiddenFromTenants)
        }
        ("GET", "/clusters/{id}/pods") => at(format!("/clusters/{cluster}/pods?namespace={MARK}-ns"), Hidden),
        ("POST", "/namespaces") => at(path.into(), NoSuchChoice).body(json!({
            "cluster": cluster, "tenant": tenant, "name": "mole", "cpu": "1", "memory": "1Gi", "pods": "5",
        })),
        ("GET", "/namespaces/{id}") => at(format!("/namespaces/{namespace}"), Hidden),
        ("PUT", "/namespaces/{id}") => {
            at(format!("/namespaces/{namespace}"), Hidden).body(json!({ "cpu": "64", "memory": "64Gi", "pods": "64" }))
        }
        ("GET", "/namespaces/{id}/disks") => at(format!("/namespaces/{namespace}/disks"), Hidden),
        ("DELETE", "/namespaces/{id}/disks/{name}") => {
            at(format!("/namespaces/{namespace}/disks/data-db-0?confirm=data-db-0"), Hidden)
        }
        ("GET", "/namespaces/{id}/unmanaged") => at(format!("/namespaces/{namespace}/unmanaged"), Hidden),
        ("GET", "/namespaces/{id}/unmanaged/{name}") => {
            at(format!("/namespaces/{namespace}/unmanaged/{MARK}-web"), Hidden)
        }
        ("POST", "/namespaces/{id}/unmanaged/{name}/import") => {
            at(format!("/namespaces/{namespace}/unmanaged/{MARK}-web/import"), Hidden).body(json!({ "reason": "" }))
        }
        ("DELETE", "/namespaces/{id}") => at(format!("/namespaces/{namespace}?confirm={MARK}-ns"), Hidden),
        ("GET", "/namespaces/{id}/secrets") => at(format!("/namespaces/{namespace}/secrets"), Hidden),
        ("POST", "/namespaces/{id}/secrets") => {
            at(format!("/namespaces/{namespace}/secrets"), Hidden).body(json!({ "name": "mole", "value": "mole" }))
        }
        ("GET", "/secrets/{id}") => at(format!("/secrets/{secret}"), Hidden),
        ("PUT", "/secrets/{id}") => at(format!("/secrets/{secret}"), Hidden).body(json!({ "value": "mole" })),
        ("DELETE", "/secrets/{id}") => at(format!("/secrets/{secret}?confirm=mole"), Hidden),
        ("POST", "/secrets/{id}/releases") => {
            at(format!("/secrets/{secret}/releases"), Hidden).body(json!({ "reason": "" }))
        }
        ("POST", "/registries") => at(path.into(), NoSuchChoice).body(registry_form("mole")),
        ("GET", "/registries/{id}") => at(format!("/registries/{registry}"), Hidden),
        ("PUT", "/registries/{id}") => at(format!("/registries/{registry}"), Hidden).body(registry_form("mole")),
        ("DELETE", "/registries/{id}") => at(format!("/registries/{registry}?confirm=mole"), Hidden),
        ("GET", "/tags") => at("/tags?image=no%20image".into(), NoSuchChoice),
        ("POST", "/templates") => {
            at(path.into(), Own).body(json!({ "name": "mole", "description": "", "spec": spec("mole") }))
        }
        ("POST", "/templates/starters") => at("/templates/starters".into(), Own).body(json!({})),
        ("GET", "/templates/{id}") => at(format!("/templates/{template}"), Hidden),
        ("GET", "/templates/{id}/versions") => at(format!("/templates/{template}/versions"), Hidden),
        ("GET", "/templates/{id}/compare/{left}/{right}") => at(format!("/templates/{template}/compare/1/1"), Hidden),
        ("PUT", "/templates/{id}") => at(format!("/templates/{template}"), Hidden)
            .body(json!({ "name": "mole-too", "description": "", "spec": spec("mole") })),
        ("GET", "/apps") => at(format!("/apps?namespace={namespace}"), Own),
        ("POST", "/apps") => at(path.into(), Hidden).body(json!({
            "namespace": namespace, "name": "mole", "template": template, "spec": spec("mole"), "reason": "",
        })),
        ("POST", "/apps/fit") => {
            at(path.into(), Hidden).body(json!({ "namespace": namespace, "app": app, "spec": spec("mole") }))
        }
        ("POST", "/apps/specification" | "/apps/specification/look") => at(path.into(), Own).body(json!(spec("mole"))),
        ("GET", "/apps/specification/schema") => at(path.into(), Own),
        ("GET", "/apps/{id}") => at(format!("/apps/{app}"), Hidden),
        ("PUT", "/apps/{id}") => {
            at(format!("/apps/{app}"), Hidden).body(json!({ "spec": spec("mole"), "reason": "", "based_on": "1" }))
        }
        ("DELETE", "/apps/{id}") => at(format!("/apps/{app}?confirm={MARK}-app"), Hidden),
        ("GET", "/apps/{id}/deletion") => at(format!("/apps/{app}/deletion"), Hidden),
        ("GET", "/deleted-apps") => at(format!("/deleted-apps?q={MARK}"), Own),
        ("GET", "/apps/{id}/record") => at(format!("/apps/{app}/record"), Hidden),
        ("GET", "/apps/{id}/releases") => at(format!("/apps/{app}/releases"), Hidden),
        ("GET", "/apps/{id}/releases/{number}") => at(format!("/apps/{app}/releases/1"), Hidden),
        ("GET", "/apps/{id}/releases/{number}/rollback") => at(format!("/apps/{app}/releases/1/rollback"), Hidden),
        ("POST", "/apps/{id}/releases/{number}/rollback") => {
            at(format!("/apps/{app}/releases/1/rollback"), Hidden).body(json!({ "reason": "" }))
        }
        ("POST", "/apps/{id}/releases/{number}/continue") => at(format!("/apps/{app}/releases/1/continue"), Hidden),
        ("POST", "/apps/{id}/releases/{number}/abort") => {
            at(format!("/apps/{app}/releases/1/abort"), Hidden).body(json!({ "reason": "" }))
        }
        ("POST", "/apps/{id}/scale") => {
            at(format!("/apps/{app}/scale"), Hidden).body(json!({ "replicas": "3", "reason": "" }))
        }
        ("POST", "/apps/{id}/restart") => at(format!("/apps/{app}/restart"), Hidden).body(json!({ "reason": "" })),
        ("GET", "/apps/{id}/drift") => at(format!("/apps/{app}/drift"), Hidden),
        ("GET", "/apps/{id}/network") => at(format!("/apps/{app}/network"), Hidden),
        ("GET", "/apps/{id}/usage") => at(format!("/apps/{app}/usage"), Hidden),
        ("GET", "/apps/{id}/storage") => at(format!("/apps/{app}/storage"), Hidden),
        ("GET", "/apps/{id}/runs") => at(format!("/apps/{app}/runs"), Hidden),
        ("POST", "/apps/{id}/runs") => at(format!("/apps/{app}/runs"), Hidden).body(json!({ "reason": "" })),
        ("DELETE", "/apps/{id}/runs/{name}") => at(format!("/apps/{app}/runs/{MARK}-app-1"), Hidden),
        ("POST", "/apps/{id}/drift/reversal" | "/apps/{id}/drift/adoption") => {
            at(path.replace("{id}", app), Hidden).body(json!({ "reason": "" }))
        }
        ("GET", "/apps/{id}/compare/{left}/{right}") => at(format!("/apps/{app}/compare/1/1"), Hidden),
        ("GET", "/operations") => at(format!("/operations?app={app}"), Own),
        ("GET", "/operations/{id}") => at(format!("/operations/{operation}"), Hidden),
        ("GET", "/openapi.json") => at("/openapi.json".into(), Own),
        ("GET", "/audit") => at(format!("/audit?q={MARK}"), Own),
        ("GET", "/audit/export") => at("/audit/export?format=csv&outcome=ok".into(), Own),
        ("GET", "/audit/verification") => at(path.into(), Refused),
        ("GET", "/audit/{sequence}") => at(format!("/audit/{audit}"), Hidden),
        ("GET", "/search") => at(format!("/search?q={MARK}"), Own),
        ("GET", "/live") => at(format!("/live?{}", topics(other)), Own),
        _ => return None,
    })
}

/// Everything of the other tenant that can be watched.
pub fn topics(other: &Estate) -> String {
    let cluster: ClusterId = other.cluster.parse().expect("an id");
    let app: AppId = other.app.parse().expect("an id");
    let operation: OperationId = other.operation.parse().expect("an id");
    let topics = [
        Topic::App(app),
        Topic::Usage { app, range: UsageRange::Hour },
        Topic::Operation(operation),
        Topic::Cluster(cluster),
        Topic::Node { cluster, name: format!("{MARK}-node") },
        Topic::Nodes(NodeQuery { cluster: other.cluster.clone(), ..NodeQuery::default() }),
        Topic::Pods(PodQuery {
            cluster: other.cluster.clone(),
            namespace: Some(format!("{MARK}-ns")),
            ..PodQuery::default()
        }),
        Topic::Apps(AppQuery { q: Some(MARK.to_owned()), ..AppQuery::default() }),
    ];
    topics.map(|t| format!("t={}", percent(&t.to_string()))).join("&")
}

/// The same attempts through the server functions, which pages call. `None` for one that is not listed here. The
/// arguments are those of a form, or of the address when `method` is GET.
#[expect(clippy::too_many_lines, reason = "a line for each function there is")]
pub fn function(path: &str, other: &Estate) -> Option<(String, Expect)> {
    use Expect::{Hidden, HiddenFromTenants, NoSuchChoice, NotBegun, NothingOfOnes, NothingThere, Own, Refused};
    let Estate {
        tenant,
        cluster,
        namespace,
        template,
        app,
        operation,
        audit,
        account: member,
        role,
        bindings,
        sessions,
        service,
        tokens,
        link,
        passkey,
        provider,
        registry,
        secret,
    } = other;
    let account = "form[username]=mole&form[display_name]=Mole&form[password]=the+very+first+password";
    let owner = "form[owner][username]=mole-owner&form[owner][display_name]=Mole&form[owner][roles][0][role]=owner\
                 &form[owner][password]=the+very+first+password";
    let fields = "[image]=registry.test/mole:1&X[replicas]=1&X[cpu]=100m&X[memory]=64Mi".replace('X', "form[spec]");
    let spec = format!("form[spec]{fields}");
    let account_at_registry = "form[name]=mole&form[host]=localhost:1&form[username]=mole&form[password]=mole";
    Some(match path.strip_prefix("/api/")? {
        "session/viewer"
        | "sessions/list_sessions"
        | "sessions/revoke_other_sessions"
        | "access/list_own_scopes"
        | "clusters/list_clusters"
        | "namespaces/list_namespaces"
        | "registries/list_registries"
        | "templates/list_templates" => (String::new(), Own),
        "sessions/revoke_session" => (format!("id={}", sessions[1]), Hidden),
        "session/change_password" => (
            "form[current]=a+wrong+password&form[new]=another+good+one&form[repeat]=another+good+one".into(),
            NoSuchChoice,
        ),
        "session/awaits_code" | "session/get_second_factor" | "session/put_away_second_factor" => (String::new(), Own),
        "session/judge_password" => ("form[password]=another+good+one".into(), Own),
        "session/give_code" => ("form[code]=123456".into(), NotBegun),
        "session/begin_second_factor" => ("form[password]=a+wrong+one".into(), NoSuchChoice),
        "session/confirm_second_factor" => ("form[code]=123456".into(), NothingThere),
        "session/renew_recovery_codes" => ("form[password]=a+wrong+one&form[code]=123456".into(), NoSuchChoice),
        "session/remove_second_factor" => ("form[password]=a+wrong+one&form[code]=123456".into(), NothingThere),
        "session/offers_passkeys" | "session/begin_passkey_sign_in" => (String::new(), Own),
        "session/list_passkeys" => (String::new(), Own),
        "session/begin_passkey" => ("form[name]=mole&form[password]=a+wrong+one".into(), NoSuchChoice),
        "session/add_passkey" => (format!("ceremony={}&credential=%7B%7D", "0".repeat(32)), NothingThere),
        "session/rename_passkey" => (format!("id={passkey}&passkey[name]=mole"), Hidden),
        "session/remove_passkey" => (format!("id={passkey}&again[password]=a+wrong+one"), Hidden),
        "session/begin_passkey_step" => (String::new(), NotBegun),
        "session/give_passkey" | "session/sign_in_by_passkey" => {
            (format!("ceremony={}&credential=%7B%7D", "0".repeat(32)), NotBegun)
        }
        "accounts/reset_second_factor" => (format!("id={member}"), Hidden),
        "accounts/get_tenant_security" => (format!("tenant={tenant}"), Hidden),
        "accounts/change_tenant_security" => (format!("tenant={tenant}&required=false"), Hidden),
        "session/search" => (format!("q={MARK}"), Own),
        "accounts/list_tenants" => (String::new(), Refused),
        "accounts/get_tenant" => (format!("id={tenant}"), Refused),
        "accounts/create_tenant" => (format!("form[name]=mole&form[display_name]=Mole&{owner}"), Refused),
        "accounts/suspend_tenant" => (format!("id={tenant}&form[reason]="), Refused),
        "accounts/resume_tenant" => (format!("id={tenant}"), Refused),
        "accounts/delete_tenant" => (format!("id={tenant}&confirm=mole"), Refused),
        "accounts/list_accounts" => (format!("tenant={tenant}"), Hidden),
        "accounts/create_account" => (format!("tenant={tenant}&{account}&form[roles][0][role]=owner"), Hidden),
        "accounts/get_account" => (format!("id={member}"), Hidden),
        "accounts/update_account" => (format!("id={member}&form[display_name]=Mole&form[email]="), Hidden),
        "accounts/set_disabled" => (format!("id={member}&disabled=false"), Hidden),
        "accounts/reset_password" => (format!("id={member}&form[password]=the+very+first+password"), Hidden),
        "accounts/delete_account" | "accounts/hand_over" => (format!("id={member}&confirm=mole"), Hidden),
        "tokens/list_tokens" | "tokens/choices" => (format!("account={service}"), Hidden),
        "tokens/create_token" => {
            (format!("account={service}&form[name]=mole-two&form[permissions][0]=app.read&form[days]=30"), Hidden)
        }
        "tokens/revoke_token" => (format!("id={}", tokens[1]), Hidden),
        "tokens/create_service_account" => {
            (format!("tenant={tenant}&form[username]=mole-service&form[display_name]=Mole"), Hidden)
        }
        "identity/list_providers" => (String::new(), Refused),
        "identity/get_provider" | "identity/check_provider" => (format!("id={provider}"), Refused),
        "identity/create_provider" => (format!("form[tenant]={tenant}"), Refused),
        "identity/update_provider" => (format!("id={provider}&form[name]=mole"), Refused),
        "identity/delete_provider" => (format!("id={provider}&confirm=mole"), Refused),
        "session/list_identities" => (String::new(), Own),
        "session/unlink_identity" => (format!("id={provider}"), NothingOfOnes),
        "links/get_platform" => (String::new(), Refused),
        "links/update_platform" => ("form[registration]=planet".into(), Refused),
        "links/list_links" => (format!("tenant={tenant}"), Hidden),
        "links/create_link" => (format!("form[kind]=reset&form[account]={member}"), Hidden),
        "links/revoke_link" => (format!("id={link}"), Hidden),
        "access/bind" => (format!("id={member}&form[role]=viewer&form[scope]=tenant/{tenant}"), Hidden),
        "access/unbind" => (format!("id={member}&binding={}", bindings[1]), Hidden),
        "access/list_scopes" | "access/list_roles" => (format!("tenant={tenant}"), Hidden),
        "access/explain" => (format!("query[account]={member}&query[on]=app/{app}"), Hidden),
        "access/who" => (format!("query[permission]=app.read&query[on]=app/{app}"), NoSuchChoice),
        "access/get_role" => (format!("id={role}"), Hidden),
        "access/create_role" => (format!("tenant={tenant}&form[name]=mole-two&form[permissions][0]=app.read"), Hidden),
        "access/update_role" => (format!("id={role}&form[name]=mole-role&form[permissions][0]=app.read"), Hidden),
        "access/delete_role" => (format!("id={role}&confirm=another"), Hidden),
        "audit/list_audit" => (format!("query[q]={MARK}"), Own),
        "audit/get_audit" => (format!("sequence={audit}"), Hidden),
        "clusters/get_cluster" => (format!("id={cluster}"), Hidden),
        "clusters/check_cluster" | "clusters/connect_cluster" => {
            ("form[name]=mole&form[kubeconfig]=apiVersion".into(), Refused)
        }
        "clusters/replace_kubeconfig" => (format!("id={cluster}&form[kubeconfig]=apiVersion"), Refused),
        "clusters/get_metrics" => (format!("id={cluster}"), Refused),
        "clusters/set_metrics" => (format!("id={cluster}&form[service]=monitoring/mole:9090"), Refused),
        "clusters/disconnect_cluster" => (format!("id={cluster}&confirm={MARK}"), Refused),
        "clusters/list_nodes" => (format!("query[cluster]={cluster}"), HiddenFromTenants),
        "clusters/get_node" => (format!("cluster={cluster}&name={MARK}-node"), HiddenFromTenants),
        "clusters/list_pods" => (format!("query[cluster]={cluster}&query[namespace]={MARK}-ns"), Hidden),
        "namespaces/get_namespace" => (format!("id={namespace}"), Hidden),
        "namespaces/create_namespace" => (
            format!(
                "form[cluster]={cluster}&form[tenant]={tenant}&form[name]=mole&form[cpu]=1&form[memory]=1Gi&form[pods]=5"
            ),
            NoSuchChoice,
        ),
        "namespaces/set_quota" => (format!("id={namespace}&form[cpu]=64&form[memory]=64Gi&form[pods]=64"), Hidden),
        "namespaces/list_disks" => (format!("id={namespace}"), Hidden),
        "namespaces/delete_disk" => (format!("id={namespace}&disk=data-db-0&confirm=data-db-0"), Hidden),
        "namespaces/list_unmanaged" => (format!("id={namespace}"), Hidden),
        "namespaces/get_import_plan" | "namespaces/import_deployment" => {
            (format!("id={namespace}&name={MARK}-web"), Hidden)
        }
        "namespaces/delete_namespace" => (format!("id={namespace}&confirm={MARK}-ns"), Hidden),
        "secrets/list_secrets" => (format!("namespace={namespace}"), Hidden),
        "secrets/create_secret" => (format!("namespace={namespace}&form[name]=mole&form[value]=mole"), Hidden),
        "secrets/get_secret" => (format!("id={secret}"), Hidden),
        "secrets/update_secret" => (format!("id={secret}&form[value]=mole"), Hidden),
        "secrets/delete_secret" => (format!("id={secret}&confirm=mole&namespace={namespace}"), Hidden),
        "secrets/hand_out_secret" => (format!("id={secret}&form[reason]="), Hidden),
        "registries/get_registry" => (format!("id={registry}"), Hidden),
        "registries/create_registry" => (account_at_registry.into(), NoSuchChoice),
        "registries/update_registry" => (format!("id={registry}&{account_at_registry}"), Hidden),
        "registries/delete_registry" => (format!("id={registry}&confirm=mole"), Hidden),
        "registries/list_tags" => ("image=no+image".into(), NoSuchChoice),
        "templates/add_starters" => (String::new(), Own),
        "templates/get_template" => (format!("id={template}"), Hidden),
        "templates/list_versions" => (format!("id={template}"), Hidden),
        "templates/compare_versions" => (format!("id={template}&left=1&right=1"), Hidden),
        "templates/create_template" => (format!("form[name]=mole-function&form[description]=&{spec}"), Own),
        "templates/update_template" => (format!("id={template}&form[name]=mole&form[description]=&{spec}"), Hidden),
        "apps/list_apps" => (format!("query[namespace]={namespace}"), Own),
        "apps/list_deleted_apps" => (format!("query[q]={MARK}"), Own),
        "apps/check_fit" => {
            (format!("request[namespace]={namespace}&request[app]={app}&{}", spec.replace("form[", "request[")), Hidden)
        }
        "apps/look_at_spec" => (spec.replace("form[spec]", "form"), Own),
        "apps/publish_app" => (
            format!("form[namespace]={namespace}&form[name]=mole&form[template]={template}&form[reason]=&{spec}"),
            Hidden,
        ),
        "apps/upgrade_app" => (format!("id={app}&form[based_on]=1&form[reason]=&{spec}"), Hidden),
        "apps/get_app"
        | "apps/get_app_record"
        | "apps/list_releases"
        | "apps/get_drift"
        | "apps/get_network"
        | "apps/get_storage"
        | "apps/get_usage"
        | "apps/preview_delete" => (format!("id={app}"), Hidden),
        "apps/preview_rollback" | "apps/get_release" => (format!("id={app}&release=1"), Hidden),
        "apps/roll_back_app" => (format!("id={app}&release=1&reason="), Hidden),
        "apps/scale_app" => (format!("id={app}&form[replicas]=3&form[reason]="), Hidden),
        "apps/stop_run" => (format!("id={app}&run={MARK}-app-1"), Hidden),
        "apps/restart_app" | "apps/run_app" | "apps/revert_drift" | "apps/adopt_drift" => {
            (format!("id={app}&reason="), Hidden)
        }
        "apps/continue_release" => (format!("id={app}&release=1"), Hidden),
        "apps/abort_release" => (format!("id={app}&release=1&reason="), Hidden),
        "apps/delete_app" => (format!("id={app}&confirm={MARK}-app"), Hidden),
        "apps/compare_releases" => (format!("id={app}&left=1&right=1"), Hidden),
        "operations/list_operations" => (format!("query[app]={app}"), Own),
        "operations/get_operation" => (format!("id={operation}"), Hidden),
        _ => return None,
    })
}

/// A page's address with the other tenant's ids in it.
pub fn page(path: &str, other: &Estate) -> String {
    let id = match path.split('/').nth(1) {
        Some("apps") => &other.app,
        Some("clusters") => &other.cluster,
        Some("namespaces") => &other.namespace,
        Some("templates") => &other.template,
        Some("operations") => &other.operation,
        Some("accounts") => &other.account,
        Some("roles") => &other.role,
        Some("registries") => &other.registry,
        Some("secrets") => &other.secret,
        Some("identity-providers") => &other.provider,
        _ => &other.tenant,
    };
    let part = |part: &str| match part.trim_start_matches([':', '{']).trim_end_matches('}') {
        name if name.len() == part.len() => part.to_owned(),
        "id" => id.clone(),
        "name" => format!("{MARK}-node"),
        "sequence" => other.audit.clone(),
        _ => "1".to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}
