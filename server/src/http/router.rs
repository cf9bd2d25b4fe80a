//! Every address the server answers, in one readable list.

use std::{sync::LazyLock, time::Duration};

use app::{ErrorKind, UiError, routes::App, shell::shell, text};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    handler::Handler,
    middleware,
    response::{IntoResponse, Response},
    routing::{self, MethodRouter},
};
use http::{HeaderName, Method, StatusCode};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, generate_route_list, handle_server_fns_with_context, render_app_async_with_context,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    timeout::TimeoutLayer,
    trace::{DefaultOnFailure, DefaultOnResponse, TraceLayer},
};
use tracing::Level;

use super::{
    HttpState, assets, bearer,
    describe::{Describe, Described},
    health, live, measure, openapi, pages, passkeys,
    problem::Problem,
    repeat, rest, rest_accounts, rest_apps, rest_clusters, rest_identity, rest_secrets, rest_tokens, rest_welcome,
    security, sign_in, sign_in_with,
};
use crate::clock::Clock;

/// The header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The most bytes of a request's body: the largest document of an application, as JSON or a form writes it.
pub const MAX_BODY: usize = 2 * 1024 * 1024;

/// An endpoint of the REST API.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The method.
    pub method: Method,
    /// The path with its parameters: `/api/v1/apps/{id}`.
    pub path: String,
    /// The name of the function that answers: `get_app`.
    pub name: &'static str,
    /// Tells what it takes and answers.
    pub describe: Describe,
}

/// The REST API, and the list of its endpoints.
struct Api {
    router: Router<HttpState>,
    endpoints: Vec<Endpoint>,
}

impl Api {
    fn at<const N: usize>(mut self, path: &str, methods: [Answering; N]) -> Self {
        let path = format!("/api/v1{path}");
        for Answering { method, handler, name, describe } in methods {
            self.router = self.router.route(&path, handler);
            self.endpoints.push(Endpoint { method, path: path.clone(), name, describe });
        }
        self
    }
}

/// The function that answers a method.
struct Answering {
    method: Method,
    handler: MethodRouter<HttpState>,
    name: &'static str,
    describe: Describe,
}

macro_rules! methods {
    ($($name:ident: $method:ident),*) => {$(
        fn $name<H, T, I>(handler: H) -> Answering
        where
            H: Handler<T, HttpState> + Described<I>,
            T: 'static,
        {
            let name = std::any::type_name::<H>().rsplit("::").next().unwrap_or_default();
            Answering { method: Method::$method, handler: routing::$name(handler), name, describe: H::describe }
        }
    )*};
}

methods!(get: GET, post: POST, put: PUT, delete: DELETE);

/// Service accounts and tokens.
fn tokens(api: Api) -> Api {
    api.at("/tokens", [get(rest_tokens::list_tokens), post(rest_tokens::create_token)])
        .at("/tokens/choices", [get(rest_tokens::token_choices)])
        .at("/tokens/{id}", [delete(rest_tokens::revoke_token)])
        .at("/accounts/{id}/tokens", [get(rest_tokens::list_account_tokens), post(rest_tokens::create_account_token)])
        .at("/service-accounts", [post(rest_tokens::create_service_account)])
}

/// Passkeys: one's own, and signing in by one.
fn own_passkeys(api: Api) -> Api {
    api.at(
        "/session/passkeys",
        [get(passkeys::list_passkeys), post(passkeys::begin_passkey), put(passkeys::add_passkey)],
    )
    .at("/session/passkeys/{id}", [get(passkeys::get_passkey), put(passkeys::rename_passkey)])
    .at("/session/passkeys/{id}/removal", [post(passkeys::remove_passkey)])
    .at("/session/code/passkey", [post(passkeys::begin_second_step), put(passkeys::complete_second_step)])
    .at("/session/passkey", [post(passkeys::begin_sign_in), put(passkeys::create_session_by_passkey)])
}

/// Tenants, the platform's settings, and the ways in for somebody who cannot sign in yet.
fn tenants(api: Api) -> Api {
    api.at("/platform", [get(rest_welcome::get_platform), put(rest_welcome::update_platform)])
        .at("/registration", [get(rest_welcome::get_registration), post(rest_welcome::register)])
        .at("/links", [get(rest_welcome::list_links), post(rest_welcome::create_link)])
        .at("/links/look", [post(rest_welcome::look_at_link)])
        .at("/links/follow", [post(rest_welcome::follow_link)])
        .at("/links/{id}", [delete(rest_welcome::revoke_link)])
        .at("/tenants", [get(rest_accounts::list_tenants), post(rest_accounts::create_tenant)])
        .at("/tenants/{id}", [get(rest_accounts::get_tenant), delete(rest_accounts::delete_tenant)])
        .at("/tenants/{id}/suspended", [put(rest_accounts::suspend_tenant), delete(rest_accounts::resume_tenant)])
}

/// Identity providers, and by which of them one signs in.
fn identity(api: Api) -> Api {
    api.at(
        "/identity-providers",
        [get(rest_identity::list_identity_providers), post(rest_identity::create_identity_provider)],
    )
    .at(
        "/identity-providers/{id}",
        [
            get(rest_identity::get_identity_provider),
            put(rest_identity::update_identity_provider),
            delete(rest_identity::delete_identity_provider),
        ],
    )
    .at("/identity-providers/{id}/check", [post(rest_identity::check_identity_provider)])
    .at("/session/identities", [get(rest_identity::list_identities)])
    .at("/session/identities/{id}", [delete(rest_identity::unlink_identity)])
}

/// What stays of applications, also of those that were deleted.
fn records(api: Api) -> Api {
    api.at("/deleted-apps", [get(rest_apps::list_deleted_apps)])
        .at("/apps/{id}/record", [get(rest_apps::get_app_record)])
        .at("/apps/{id}/releases", [get(rest_apps::list_releases)])
}

/// Secrets that the applications of a namespace share.
fn secrets(api: Api) -> Api {
    api.at("/namespaces/{id}/secrets", [get(rest_secrets::list_secrets), post(rest_secrets::create_secret)])
        .at(
            "/secrets/{id}",
            [get(rest_secrets::get_secret), put(rest_secrets::update_secret), delete(rest_secrets::delete_secret)],
        )
        .at("/secrets/{id}/releases", [post(rest_secrets::hand_out_secret)])
}

fn api() -> Api {
    secrets(records(own_passkeys(identity(tenants(tokens(Api { router: Router::new(), endpoints: Vec::new() }))))))
        .at("/session", [get(rest::get_session), post(rest::create_session), delete(rest::delete_session)])
        .at("/session/password", [put(rest::update_password)])
        .at("/session/password/strength", [post(sign_in::judge_password)])
        .at("/session/code", [post(sign_in::create_session_by_code)])
        .at("/session/captcha", [post(sign_in::create_captcha)])
        .at("/session/captcha/{file}", [get(sign_in::get_captcha)])
        .at(
            "/session/second-factor",
            [get(sign_in::get_second_factor), post(sign_in::begin_second_factor), put(sign_in::confirm_second_factor)],
        )
        .at("/session/second-factor/recovery-codes", [post(sign_in::renew_recovery_codes)])
        .at("/session/second-factor/removal", [post(sign_in::remove_second_factor)])
        .at("/sessions", [get(rest::list_sessions), delete(rest::delete_other_sessions)])
        .at("/sessions/{id}", [delete(rest::delete_session_by_id)])
        .at(
            "/tenants/{id}/accounts",
            [get(rest_accounts::list_tenant_accounts), post(rest_accounts::create_tenant_account)],
        )
        .at("/tenants/{id}/security", [get(sign_in::get_tenant_security), put(sign_in::update_tenant_security)])
        .at("/accounts/{id}/second-factor", [delete(sign_in::reset_second_factor)])
        .at("/accounts", [get(rest_accounts::list_accounts), post(rest_accounts::create_account)])
        .at(
            "/accounts/{id}",
            [
                get(rest_accounts::get_account),
                put(rest_accounts::update_account),
                delete(rest_accounts::delete_account),
            ],
        )
        .at("/accounts/{id}/disabled", [put(rest_accounts::disable_account), delete(rest_accounts::enable_account)])
        .at("/accounts/{id}/password", [put(rest_accounts::reset_password)])
        .at("/accounts/{id}/main", [post(rest_accounts::hand_over)])
        .at("/accounts/{id}/bindings", [post(rest_accounts::create_binding)])
        .at("/accounts/{id}/bindings/{binding}", [delete(rest_accounts::delete_binding)])
        .at("/roles", [get(rest_accounts::list_roles), post(rest_accounts::create_role)])
        .at(
            "/roles/{id}",
            [get(rest_accounts::get_role), put(rest_accounts::update_role), delete(rest_accounts::delete_role)],
        )
        .at("/access", [get(rest_accounts::explain_access)])
        .at("/access/who", [get(rest_accounts::who_may)])
        .at("/access/scopes", [get(rest_accounts::list_scopes)])
        .at("/access/own", [get(rest_accounts::list_own_scopes)])
        .at("/clusters", [get(rest_clusters::list_clusters), post(rest_clusters::connect_cluster)])
        .at("/clusters/check", [post(rest_clusters::check_cluster)])
        .at("/clusters/{id}", [get(rest_clusters::get_cluster), delete(rest_clusters::disconnect_cluster)])
        .at("/clusters/{id}/kubeconfig", [put(rest_clusters::replace_kubeconfig)])
        .at("/clusters/{id}/metrics", [get(rest_clusters::get_metrics), put(rest_clusters::set_metrics)])
        .at("/clusters/{id}/nodes", [get(rest_clusters::list_nodes)])
        .at("/clusters/{id}/nodes/{name}", [get(rest_clusters::get_node)])
        .at("/clusters/{id}/pods", [get(rest_clusters::list_pods)])
        .at("/namespaces", [get(rest::list_namespaces), post(rest::create_namespace)])
        .at("/namespaces/{id}/disks", [get(rest_apps::list_disks)])
        .at("/namespaces/{id}/disks/{name}", [delete(rest_apps::delete_disk)])
        .at("/namespaces/{id}/unmanaged", [get(rest_apps::list_unmanaged)])
        .at("/namespaces/{id}/unmanaged/{name}", [get(rest_apps::get_import_plan)])
        .at("/namespaces/{id}/unmanaged/{name}/import", [post(rest_apps::import_deployment)])
        .at("/namespaces/{id}", [get(rest::get_namespace), put(rest::set_quota), delete(rest::delete_namespace)])
        .at("/registries", [get(rest::list_registries), post(rest::create_registry)])
        .at("/registries/{id}", [get(rest::get_registry), put(rest::update_registry), delete(rest::delete_registry)])
        .at("/tags", [get(rest::list_tags)])
        .at("/templates", [get(rest::list_templates), post(rest::create_template)])
        .at("/templates/starters", [post(rest::add_starter_templates)])
        .at("/templates/{id}", [get(rest::get_template), put(rest::update_template)])
        .at("/templates/{id}/versions", [get(rest::list_template_versions)])
        .at("/templates/{id}/compare/{left}/{right}", [get(rest::compare_template_versions)])
        .at("/apps", [get(rest_apps::list_apps), post(rest_apps::publish_app)])
        .at("/apps/fit", [post(rest_apps::check_fit)])
        .at("/apps/specification", [post(rest_apps::convert_spec)])
        .at("/apps/specification/look", [post(rest_apps::look_at_spec)])
        .at("/apps/specification/schema", [get(rest_apps::get_spec_schema)])
        .at("/apps/{id}", [get(rest_apps::get_app), put(rest_apps::upgrade_app), delete(rest_apps::delete_app)])
        .at("/apps/{id}/deletion", [get(rest_apps::preview_delete)])
        .at("/apps/{id}/scale", [post(rest_apps::scale_app)])
        .at("/apps/{id}/restart", [post(rest_apps::restart_app)])
        .at("/apps/{id}/releases/{number}", [get(rest_apps::get_release)])
        .at("/apps/{id}/releases/{number}/rollback", [get(rest_apps::preview_rollback), post(rest_apps::roll_back_app)])
        .at("/apps/{id}/releases/{number}/continue", [post(rest_apps::continue_release)])
        .at("/apps/{id}/releases/{number}/abort", [post(rest_apps::abort_release)])
        .at("/apps/{id}/compare/{left}/{right}", [get(rest_apps::compare_releases)])
        .at("/apps/{id}/storage", [get(rest_apps::get_storage)])
        .at("/apps/{id}/network", [get(rest_apps::get_network)])
        .at("/apps/{id}/usage", [get(rest_apps::get_usage)])
        .at("/apps/{id}/runs", [get(rest_apps::list_runs), post(rest_apps::run_app)])
        .at("/apps/{id}/runs/{name}", [delete(rest_apps::stop_run)])
        .at("/apps/{id}/drift", [get(rest_apps::get_drift)])
        .at("/apps/{id}/drift/reversal", [post(rest_apps::revert_drift)])
        .at("/apps/{id}/drift/adoption", [post(rest_apps::adopt_drift)])
        .at("/operations", [get(rest::list_operations)])
        .at("/operations/{id}", [get(rest::get_operation)])
        .at("/audit", [get(rest::list_audit)])
        .at("/audit/export", [get(rest::export_audit)])
        .at("/audit/verification", [get(rest::verify_audit)])
        .at("/audit/{sequence}", [get(rest::get_audit)])
        .at("/openapi.json", [get(openapi::get_document)])
        .at("/search", [get(rest::search)])
        .at("/live", [get(live::watch)])
}

/// Every endpoint of the REST API, for tests that walk them all.
pub fn endpoints() -> Vec<Endpoint> {
    api().endpoints
}

/// Every page's path. Made once in the life of a process: while the application is walked for it, no resource of the
/// whole process loads anything, so that a page which is being rendered meanwhile would never end.
pub fn page_routes() -> Vec<AxumRouteListing> {
    static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));
    ROUTES.clone()
}

/// The whole router. `sessions` is the layer that reads and writes the session's cookie.
pub fn router<L>(state: HttpState, sessions: L, clock: Clock) -> Router
where
    L: tower::Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
    L::Service: tower::Service<Request> + Clone + Send + Sync + 'static,
    <L::Service as tower::Service<Request>>::Response: IntoResponse + 'static,
    <L::Service as tower::Service<Request>>::Error: Into<std::convert::Infallible> + 'static,
    <L::Service as tower::Service<Request>>::Future: Send + 'static,
{
    let context = pages::context(&state);
    let options = state.leptos.clone();

    let functions = {
        let context = context.clone();
        move |request: Request| handle_server_fns_with_context(context.clone(), request)
    };
    let api = api()
        .router
        .route("/api/v1/{*rest}", axum::routing::any(no_such_endpoint))
        // Neither is for what follows.
        .layer(middleware::from_fn_with_state(state.clone(), repeat::once))
        .layer(middleware::from_fn(bearer::read))
        .route("/api/{*function}", routing::get(functions.clone()).post(functions))
        .layer(middleware::from_fn_with_state(state.clone(), security::same_site));

    let pages = Router::new()
        .leptos_routes_with_context(&state, page_routes(), context.clone(), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .layer(middleware::from_fn_with_state(state.clone(), pages::know_viewer))
        .route("/reference", routing::get(openapi::get_reference))
        .route("/settings/theme", routing::post(pages::set_theme))
        .route("/settings/language", routing::post(pages::set_language))
        .route("/settings/identities/link", routing::post(sign_in_with::link))
        .route("/sign-in/with/{slug}", routing::get(sign_in_with::begin))
        .route("/sign-in/with/{slug}/callback", routing::get(sign_in_with::finish))
        .fallback(missing_page);

    let all = Router::new()
        .merge(api)
        .merge(pages)
        .layer(sessions)
        .route("/healthz", routing::get(health::live))
        .route("/readyz", routing::get(health::ready))
        .route("/assets/{*file}", routing::get(assets::hashed))
        .route("/favicon.svg", routing::get(assets::fixed))
        .route("/manifest.webmanifest", routing::get(assets::fixed))
        .route("/apple-touch-icon.png", routing::get(assets::fixed))
        .route("/icon-192.png", routing::get(assets::fixed))
        .route("/icon-512.png", routing::get(assets::fixed))
        .route("/icon-maskable-512.png", routing::get(assets::fixed));
    #[cfg(debug_assertions)]
    let all = super::dev::reloading(all);
    // From the inside out: the last one sees a request first.
    all.layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CsrfLayer::new().with_rejection_response(|_| security::refuse_foreign()))
        .layer(middleware::from_fn_with_state(state.clone(), security::note_refused))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(60)))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| Problem(UiError::internal()).into_response()))
        .layer(middleware::from_fn(super::problem::render))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn(measure::requests))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::DEBUG))
                .on_failure(DefaultOnFailure::new().level(Level::ERROR)),
        )
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, RequestIds(clock)))
        .layer(axum::middleware::map_request(forget_request_id))
        .with_state(state)
}

/// An address under `/api/v1` that nothing answers.
async fn no_such_endpoint() -> Problem {
    Problem(UiError::new(
        ErrorKind::NotFound,
        text!("There is no such endpoint. See the documentation of the API.", "没有这个接口，请参阅 API 文档。"),
    ))
}

/// An address that no page has: the frame with a page that says so, and 404.
async fn missing_page(State(state): State<HttpState>, request: Request) -> Response {
    let options = state.leptos.clone();
    let render = render_app_async_with_context(pages::context(&state), move || shell(options.clone()));
    let mut response = render(request).await.into_response();
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// One line of the log for each request, with its id and never its query, which may hold what people search for.
fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}

/// Drops the id that a caller may have sent: the log's ids are our own.
async fn forget_request_id(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID);
    request
}

/// Gives each request an id of our own.
#[derive(Clone)]
struct RequestIds(Clock);

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        self.0.uuid().to_string().parse().ok().map(RequestId::new)
    }
}
