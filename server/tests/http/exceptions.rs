//! What the walks over everything there is make exceptions of: exactly these, by method and route, each list in its order.
//! One that is new has to be written down here, and one that is no exception any more has to go.

/// What is refused without an entry in the audit trail. Reckoning whether something fits reads an application, and reads of
/// one are not written down.
pub const REFUSED_WITHOUT_ENTRY: [&str; 2] = ["POST /api/apps/check_fit", "POST /api/v1/apps/fit"];

/// What succeeds for a tenant's main account, or for the platform, without an entry in the audit trail, since it changes
/// nothing that anybody else could see: it reads, looks, reckons and searches; it makes a captcha, and begins to sign in; it
/// forgets what a session alone is shown. In these attempts nothing uses the secret whose value is handed out, all starters
/// have been added by the time that the function is asked to, and so has the session been ended.
pub const DONE_WITHOUT_ENTRY: [&str; 20] = [
    "POST /api/apps/look_at_spec",
    "POST /api/secrets/hand_out_secret",
    "POST /api/session/awaits_code",
    "POST /api/session/begin_passkey_sign_in",
    "POST /api/session/get_second_factor",
    "POST /api/session/judge_password",
    "POST /api/session/list_passkeys",
    "POST /api/session/new_captcha",
    "POST /api/session/offers_passkeys",
    "POST /api/session/put_away_second_factor",
    "POST /api/session/search",
    "POST /api/session/sign_out",
    "POST /api/session/viewer",
    "POST /api/templates/add_starters",
    "POST /api/v1/apps/specification",
    "POST /api/v1/apps/specification/look",
    "POST /api/v1/secrets/{id}/releases",
    "POST /api/v1/session/captcha",
    "POST /api/v1/session/passkey",
    "POST /api/v1/session/password/strength",
];

/// What answers whoever is not signed in with something else than 401, and is not the same for all
/// (`same_for_all.rs`): that nobody is signed in, and how one could sign in.
pub const TELL_OF_NOBODY: [&str; 5] = [
    "POST /api/session/awaits_code",
    "POST /api/session/begin_passkey_sign_in",
    "POST /api/session/offers_passkeys",
    "POST /api/session/viewer",
    "POST /api/v1/session/passkey",
];

/// What asks for nothing, not even to be signed in: how one comes in, with all that is the same for all.
pub const NEED_NOTHING: [&str; 29] = [
    "DELETE /api/v1/session",
    "GET /api/links/get_registration",
    "GET /api/session/offered_providers",
    "GET /api/v1/registration",
    "GET /api/v1/session/captcha/{file}",
    "POST /api/links/follow_link",
    "POST /api/links/look_at_link",
    "POST /api/links/register",
    "POST /api/session/awaits_code",
    "POST /api/session/begin_passkey_sign_in",
    "POST /api/session/begin_passkey_step",
    "POST /api/session/give_code",
    "POST /api/session/give_passkey",
    "POST /api/session/new_captcha",
    "POST /api/session/offers_passkeys",
    "POST /api/session/sign_in",
    "POST /api/session/sign_in_by_passkey",
    "POST /api/session/sign_out",
    "POST /api/session/viewer",
    "POST /api/v1/links/follow",
    "POST /api/v1/links/look",
    "POST /api/v1/registration",
    "POST /api/v1/session",
    "POST /api/v1/session/captcha",
    "POST /api/v1/session/code",
    "POST /api/v1/session/code/passkey",
    "POST /api/v1/session/passkey",
    "PUT /api/v1/session/code/passkey",
    "PUT /api/v1/session/passkey",
];

/// What a reader of a tenant is not refused of all that could change something: reckoning, converting and searching
/// change nothing; one's own session, sessions, password, second factor, passkeys and identities are one's own; and a token
/// of one's own does no more than oneself.
pub const NOT_REFUSED_TO_READERS: [&str; 49] = [
    "DELETE /api/v1/session/identities/{id}",
    "DELETE /api/v1/sessions",
    "DELETE /api/v1/sessions/{id}",
    "POST /api/apps/check_fit",
    "POST /api/apps/look_at_spec",
    "POST /api/session/add_passkey",
    "POST /api/session/awaits_code",
    "POST /api/session/begin_passkey",
    "POST /api/session/begin_passkey_sign_in",
    "POST /api/session/begin_passkey_step",
    "POST /api/session/begin_second_factor",
    "POST /api/session/change_password",
    "POST /api/session/confirm_second_factor",
    "POST /api/session/get_second_factor",
    "POST /api/session/give_code",
    "POST /api/session/give_passkey",
    "POST /api/session/judge_password",
    "POST /api/session/list_passkeys",
    "POST /api/session/offers_passkeys",
    "POST /api/session/put_away_second_factor",
    "POST /api/session/remove_passkey",
    "POST /api/session/remove_second_factor",
    "POST /api/session/rename_passkey",
    "POST /api/session/renew_recovery_codes",
    "POST /api/session/search",
    "POST /api/session/sign_in_by_passkey",
    "POST /api/session/unlink_identity",
    "POST /api/session/viewer",
    "POST /api/sessions/revoke_other_sessions",
    "POST /api/sessions/revoke_session",
    "POST /api/v1/apps/fit",
    "POST /api/v1/apps/specification",
    "POST /api/v1/apps/specification/look",
    "POST /api/v1/session/code",
    "POST /api/v1/session/code/passkey",
    "POST /api/v1/session/passkey",
    "POST /api/v1/session/passkeys",
    "POST /api/v1/session/passkeys/{id}/removal",
    "POST /api/v1/session/password/strength",
    "POST /api/v1/session/second-factor",
    "POST /api/v1/session/second-factor/recovery-codes",
    "POST /api/v1/session/second-factor/removal",
    "POST /api/v1/tokens",
    "PUT /api/v1/session/code/passkey",
    "PUT /api/v1/session/passkey",
    "PUT /api/v1/session/passkeys",
    "PUT /api/v1/session/passkeys/{id}",
    "PUT /api/v1/session/password",
    "PUT /api/v1/session/second-factor",
];
