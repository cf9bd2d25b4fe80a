//! Every endpoint and server function, tried by each built-in role of the tenant, by a revoked session and by a disabled
//! account: what is allowed follows from the one table of permissions, and from nothing else.

use std::collections::BTreeSet;

use app::model::{Permission as P, Role};
use http::{Method, StatusCode};
use leptos::server_fn::axum::server_fn_paths;
use server::{auth::policy, http::router::endpoints};

use crate::{
    attempts::Expect,
    exceptions::NEED_NOTHING,
    expected_statuses::{Seen, assert_as_expected},
    seed::{Estate, MARK, estate},
    support::{Reply, Site},
    walk::{self, Asked},
    without_cluster::is_fault,
};

/// What an endpoint asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// To be signed in: it is about oneself, or cut to what one may see.
    Session,
    /// Nothing.
    Nothing,
    /// A permission.
    Permission(P),
}

/// What an endpoint of the REST API, or a server function, needs. A new one belongs here.
#[expect(clippy::too_many_lines, reason = "one table of all routes")]
fn needs(method: &Method, path: &str) -> Option<Needs> {
    use Needs::{Nothing, Permission as Of, Session};
    let path = path.strip_prefix("/api/v1").or_else(|| path.strip_prefix("/api"))?;
    Some(match (method.as_str(), path) {
        ("POST" | "DELETE", "/session") | (_, "/session/sign_in" | "/session/sign_out" | "/session/viewer") => Nothing,
        ("POST", "/session/code" | "/session/captcha") | ("GET", "/session/captcha/{file}") => Nothing,
        (_, "/session/give_code" | "/session/new_captcha" | "/session/awaits_code") => Nothing,
        ("POST" | "PUT", "/session/passkey" | "/session/code/passkey")
        | (_, "/session/offers_passkeys" | "/session/begin_passkey_sign_in" | "/session/sign_in_by_passkey")
        | (_, "/session/begin_passkey_step" | "/session/give_passkey") => Nothing,
        (_, "/session/passkeys" | "/session/passkeys/{id}" | "/session/passkeys/{id}/removal")
        | (_, "/session/list_passkeys" | "/session/begin_passkey" | "/session/add_passkey")
        | (_, "/session/rename_passkey" | "/session/remove_passkey") => Session,
        ("GET", "/session" | "/search" | "/live" | "/access" | "/access/own")
        | ("PUT", "/session/password")
        | ("GET" | "POST" | "PUT", "/session/second-factor")
        | ("POST", "/session/second-factor/recovery-codes" | "/session/second-factor/removal")
        | ("POST", "/session/password/strength")
        | (_, "/session/get_second_factor" | "/session/begin_second_factor" | "/session/confirm_second_factor")
        | (_, "/session/renew_recovery_codes" | "/session/remove_second_factor" | "/session/put_away_second_factor")
        | (_, "/session/judge_password")
        | (_, "/session/change_password" | "/session/search" | "/access/explain" | "/access/list_own_scopes") => {
            Session
        }
        (_, path) if path.starts_with("/sessions") => Session,
        ("GET", "/session/identities")
        | ("DELETE", "/session/identities/{id}")
        | (_, "/session/list_identities" | "/session/unlink_identity") => Session,
        (_, "/session/offered_providers") => Nothing,
        ("GET", "/identity-providers" | "/identity-providers/{id}")
        | (_, "/identity/list_providers" | "/identity/get_provider") => Of(P::IdentityProviderRead),
        (_, path) if path.starts_with("/identity-providers") || path.starts_with("/identity/") => {
            Of(P::IdentityProviderManage)
        }
        ("GET" | "POST", "/registration") | ("POST", "/links/look" | "/links/follow") => Nothing,
        (_, "/links/get_registration" | "/links/register" | "/links/look_at_link" | "/links/follow_link") => Nothing,
        ("GET" | "PUT", "/platform") | (_, "/links/get_platform" | "/links/update_platform") => Of(P::PlatformManage),
        ("GET" | "POST", "/links")
        | ("DELETE", "/links/{id}")
        | (_, "/links/list_links" | "/links/create_link" | "/links/revoke_link") => Of(P::AccountManage),
        ("DELETE", "/tenants/{id}")
        | ("PUT" | "DELETE", "/tenants/{id}/suspended")
        | (_, "/accounts/suspend_tenant" | "/accounts/resume_tenant" | "/accounts/delete_tenant") => {
            Of(P::TenantManage)
        }
        ("GET", "/tenants" | "/tenants/{id}") | (_, "/accounts/list_tenants" | "/accounts/get_tenant") => {
            Of(P::TenantRead)
        }
        ("POST", "/tenants") | (_, "/accounts/create_tenant") => Of(P::TenantManage),
        ("GET", "/tenants/{id}/accounts" | "/accounts" | "/accounts/{id}" | "/roles" | "/roles/{id}")
        | ("GET", "/access/who" | "/access/scopes")
        | (_, "/accounts/list_accounts" | "/accounts/get_account")
        | (_, "/access/list_scopes" | "/access/list_roles" | "/access/get_role") => Of(P::AccountRead),
        (_, "/access/who") => Of(P::AccountRead),
        // The attempts at these give a role, too.
        ("POST", "/tenants/{id}/accounts" | "/accounts") | (_, "/accounts/create_account") => Of(P::AccessManage),
        ("PUT" | "DELETE", "/accounts/{id}/disabled")
        | ("PUT", "/accounts/{id}" | "/accounts/{id}/password")
        | (_, "/accounts/update_account" | "/accounts/set_disabled")
        | (_, "/accounts/reset_password") => Of(P::AccountManage),
        ("DELETE", "/accounts/{id}/second-factor") | (_, "/accounts/reset_second_factor") => Of(P::AccountManage),
        ("GET", "/tenants/{id}/security") | (_, "/accounts/get_tenant_security") => Of(P::AccountRead),
        ("DELETE", "/accounts/{id}") | (_, "/accounts/delete_account") => Of(P::AccountDelete),
        ("POST", "/accounts/{id}/main")
        | ("PUT", "/tenants/{id}/security")
        | (_, "/accounts/hand_over" | "/accounts/change_tenant_security") => Of(P::TenantSettings),
        ("POST", "/accounts/{id}/bindings" | "/roles")
        | ("DELETE", "/accounts/{id}/bindings/{binding}")
        | ("PUT" | "DELETE", "/roles/{id}")
        | (_, "/access/bind" | "/access/unbind")
        | (_, "/access/create_role" | "/access/update_role" | "/access/delete_role") => Of(P::AccessManage),
        ("GET", "/clusters" | "/clusters/{id}") | (_, "/clusters/list_clusters" | "/clusters/get_cluster") => {
            Of(P::ClusterRead)
        }
        ("POST", "/clusters" | "/clusters/check")
        | ("DELETE", "/clusters/{id}")
        | ("PUT", "/clusters/{id}/kubeconfig")
        | ("GET" | "PUT", "/clusters/{id}/metrics")
        | (_, "/clusters/check_cluster" | "/clusters/connect_cluster" | "/clusters/disconnect_cluster")
        | (_, "/clusters/replace_kubeconfig" | "/clusters/get_metrics" | "/clusters/set_metrics") => {
            Of(P::ClusterManage)
        }
        ("GET", "/clusters/{id}/nodes" | "/clusters/{id}/nodes/{name}")
        | (_, "/clusters/list_nodes" | "/clusters/get_node") => Of(P::NodeRead),
        ("GET", "/clusters/{id}/pods") | (_, "/clusters/list_pods") => Of(P::AppRead),
        ("GET", "/namespaces" | "/namespaces/{id}" | "/namespaces/{id}/disks")
        | (_, "/namespaces/list_namespaces" | "/namespaces/get_namespace" | "/namespaces/list_disks") => {
            Of(P::NamespaceRead)
        }
        ("GET", "/namespaces/{id}/unmanaged" | "/namespaces/{id}/unmanaged/{name}")
        | ("POST", "/namespaces/{id}/unmanaged/{name}/import")
        | (_, "/namespaces/list_unmanaged" | "/namespaces/get_import_plan" | "/namespaces/import_deployment") => {
            Of(P::AppPublish)
        }
        ("DELETE", "/namespaces/{id}/disks/{name}") | (_, "/namespaces/delete_disk") => Of(P::AppDelete),
        ("POST", "/namespaces")
        | ("PUT" | "DELETE", "/namespaces/{id}")
        | (_, "/namespaces/create_namespace" | "/namespaces/set_quota" | "/namespaces/delete_namespace") => {
            Of(P::NamespaceManage)
        }
        ("GET", "/namespaces/{id}/secrets" | "/secrets/{id}")
        | (_, "/secrets/list_secrets" | "/secrets/get_secret") => Of(P::NamespaceRead),
        ("POST", "/secrets/{id}/releases") | (_, "/secrets/hand_out_secret") => Of(P::AppPublish),
        ("POST", "/namespaces/{id}/secrets") => Of(P::SecretWrite),
        (_, path) if path.starts_with("/secrets") => Of(P::SecretWrite),
        ("GET", "/registries" | "/registries/{id}")
        | (_, "/registries/list_registries" | "/registries/get_registry") => Of(P::RegistryRead),
        ("GET", "/tags") | (_, "/registries/list_tags") => Of(P::AppPublish),
        (_, path) if path.starts_with("/registries") => Of(P::RegistryManage),
        ("GET", path) if path.starts_with("/templates") => Of(P::TemplateRead),
        (_, "/templates/list_templates" | "/templates/get_template")
        | (_, "/templates/list_versions" | "/templates/compare_versions") => Of(P::TemplateRead),
        ("POST", "/templates" | "/templates/starters")
        | ("PUT", "/templates/{id}")
        | (_, "/templates/create_template" | "/templates/update_template" | "/templates/add_starters") => {
            Of(P::TemplateManage)
        }
        ("POST", "/apps/fit" | "/apps/specification" | "/apps/specification/look")
        | (_, "/apps/check_fit" | "/apps/look_at_spec") => Of(P::AppRead),
        ("POST", "/apps") | ("PUT", "/apps/{id}") | (_, "/apps/publish_app" | "/apps/upgrade_app") => Of(P::AppPublish),
        ("POST", "/apps/{id}/scale" | "/apps/{id}/restart" | "/apps/{id}/runs")
        | ("DELETE", "/apps/{id}/runs/{name}")
        | (_, "/apps/scale_app" | "/apps/restart_app" | "/apps/run_app" | "/apps/stop_run") => Of(P::AppOperate),
        ("POST", "/apps/{id}/releases/{number}/continue" | "/apps/{id}/drift/adoption")
        | (_, "/apps/continue_release" | "/apps/adopt_drift") => Of(P::AppPublish),
        ("POST", "/apps/{id}/releases/{number}/abort") | (_, "/apps/abort_release") => Of(P::AppRollback),
        ("POST", "/apps/{id}/releases/{number}/rollback" | "/apps/{id}/drift/reversal")
        | (_, "/apps/roll_back_app" | "/apps/revert_drift") => Of(P::AppRollback),
        ("DELETE", "/apps/{id}") | (_, "/apps/delete_app") => Of(P::AppDelete),
        ("GET", path) if path.starts_with("/apps") || path.starts_with("/operations") => Of(P::AppRead),
        ("GET", "/deleted-apps") => Of(P::AppRead),
        (_, path) if path.starts_with("/apps/") || path.starts_with("/operations/") => Of(P::AppRead),
        ("GET", "/openapi.json" | "/apps/specification/schema") | ("GET" | "POST", "/tokens") => Session,
        // The attempts at these are about a service account, which has no roles.
        (_, "/tokens/{id}" | "/tokens/choices" | "/accounts/{id}/tokens" | "/service-accounts") => Of(P::TokenManage),
        (_, path) if path.starts_with("/tokens/") => Of(P::TokenManage),
        ("GET", "/audit" | "/audit/export" | "/audit/{sequence}") | (_, "/audit/list_audit" | "/audit/get_audit") => {
            Of(P::AuditRead)
        }
        // The chain goes through all tenants.
        ("GET", "/audit/verification") => Of(P::TenantRead),
        _ => return None,
    })
}

/// The attempts at everything, each with what it needs.
fn trials(estate: &Estate) -> Vec<(Asked, Needs)> {
    let (mut all, mut missing) = (Vec::new(), Vec::new());
    for asked in walk::all(estate) {
        match needs(&asked.method, &asked.route) {
            Some(needs) => all.push((asked, needs)),
            None => missing.push(asked.name()),
        }
    }
    assert!(missing.is_empty(), "say what these need: {missing:#?}");
    all
}

#[test]
fn exactly_what_is_listed_asks_for_nothing() {
    let of_rest = endpoints().into_iter().map(|endpoint| (endpoint.method, endpoint.path));
    let of_pages = server_fn_paths().map(|(path, method)| (method, path.to_owned()));
    let open: BTreeSet<String> = of_rest
        .chain(of_pages)
        .filter(|(method, path)| needs(method, path) == Some(Needs::Nothing))
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let open: Vec<String> = open.into_iter().collect();
    assert_eq!(open, NEED_NOTHING, "whatever else there is, somebody has to be signed in for it");
}

fn is_refused(reply: &Reply) -> bool {
    matches!(reply.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
}

/// Whether a role is allowed what it is not, or refused what it is.
fn is_wrong(role: Role, (asked, needs): &(Asked, Needs), reply: &Reply) -> bool {
    let allowed = match needs {
        Needs::Nothing => return false,
        Needs::Permission(permission) => policy::allows(role, *permission),
        Needs::Session => true,
    };
    // What a live stream may show is what the reads of the same things may; whoever may not read accounts is told of
    // nobody but themselves; and there is nothing of that id of one's own, whoever asks.
    let not_theirs = matches!(asked.attempt.expect, Expect::Hidden | Expect::NothingOfOnes);
    let about_others = *needs == Needs::Session && not_theirs;
    !asked.is_stream() && !about_others && is_refused(reply) == allowed
}

#[tokio::test]
async fn what_a_role_may_do_is_what_the_table_says() {
    let (mut wrong, mut all_seen) = (Vec::new(), Vec::new());
    for role in [Role::Viewer, Role::Operator, Role::Developer, Role::Administrator] {
        let site = Site::start().await;
        let mut admin = site.admin().await;
        let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
        let estate = estate(&site, &tenant, &mut owner, MARK).await;
        let mut who = site.colleague(&mut owner, "somebody", role.as_str()).await;
        let mut seen = Seen::by(role.as_str());
        for trial in trials(&estate) {
            let asked = &trial.0;
            let reply = asked.by(&mut who).await;
            seen.note(asked, &reply);
            // A fault is no answer to whether somebody may.
            let fault = is_fault(&asked.method, &asked.attempt.path, reply.status);
            if fault || is_wrong(role, &trial, &reply) {
                wrong.push(format!("{role}: {}: {} {}", asked.name(), reply.status, reply.body));
            }
        }
        all_seen.push(seen);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_as_expected(&all_seen);
}

#[tokio::test]
async fn a_revoked_session_and_a_disabled_account_get_nothing() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    let signed_out = {
        let mut visitor = site.colleague(&mut owner, "leaver", "administrator").await;
        let stolen = visitor.clone();
        assert_eq!(visitor.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
        stolen
    };
    let disabled = site.colleague(&mut owner, "disabled", "administrator").await;
    let rows = owner.get("/api/v1/accounts").await.json()["rows"].clone();
    let row = rows.as_array().expect("a list").iter().find(|r| r["username"] == "disabled").expect("listed").clone();
    let path = format!("/api/v1/accounts/{}/disabled", row["id"].as_str().expect("an id"));
    assert_eq!(owner.ask(&Method::PUT, &path, None).await.status, StatusCode::OK);
    let (mut of_signed_out, mut of_disabled) = (Seen::by("revoked"), Seen::by("disabled"));
    for (asked, needs) in trials(&estate) {
        for (seen, visitor) in [(&mut of_signed_out, &signed_out), (&mut of_disabled, &disabled)] {
            let reply = asked.by(&mut visitor.clone()).await;
            seen.note(&asked, &reply);
            let is_right = needs == Needs::Nothing || reply.status == StatusCode::UNAUTHORIZED;
            assert!(is_right, "{seen}: {}: {} {}", asked.name(), reply.status, reply.body);
        }
    }
    assert_as_expected(&[of_signed_out, of_disabled]);
}
