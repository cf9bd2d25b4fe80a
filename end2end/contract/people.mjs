// What belongs to a person and a session: second factors, passkeys, passwords, sessions, and the ways in. Each request that
// ends or changes one of them has a person of its own, so that the caller stays signed in and others find what they need.
import { Authenticator } from "../support/authenticator.mjs";
import { Rest } from "../support/rest.mjs";
import { Passkey } from "./passkey.mjs";

const FIRST = "first-of-a-person";
const PASSWORD = "lamp oil and bread";
const NEXT = "bread and lamp oil, too";
const AGAIN = { password: PASSWORD };

/** Somebody of the caller's making, signed in. */
async function person(caller, username) {
  const { id } = await caller.post("/accounts", { username, display_name: username, password: FIRST });
  const session = await new Rest(caller.server).firstSignIn(username, FIRST, PASSWORD);
  return { id, username, session };
}

/** Another session of the same person, or half of one, where a second step follows. */
async function again({ username, session: { server } }) {
  const session = new Rest(server);
  await session.post("/session", { username, password: PASSWORD });
  return session;
}

/** Somebody with an authenticator app that is still to show a code. */
async function enrolling(caller, username) {
  const somebody = await person(caller, username);
  const { uri } = await somebody.session.post("/session/second-factor", AGAIN);
  return { ...somebody, app: new Authenticator(uri) };
}

/** Somebody with an authenticator app, and recovery codes. */
async function enrolled(caller, username) {
  const somebody = await enrolling(caller, username);
  const { codes } = await somebody.session.put("/session/second-factor", { code: somebody.app.code() });
  return { ...somebody, codes };
}

/** Somebody with a device that is still to make a passkey. */
async function adding(caller, username) {
  const somebody = await person(caller, username);
  const asked = await somebody.session.post("/session/passkeys", { name: "laptop", ...AGAIN });
  return { ...somebody, asked, device: new Passkey(caller.server.url) };
}

/** Somebody with a passkey. */
async function keyed(caller, username) {
  const somebody = await adding(caller, username);
  const { passkey } = await somebody.session.put("/session/passkeys", somebody.device.made(somebody.asked));
  return { ...somebody, passkey: passkey.id, tag: `"${passkey.version}"` };
}

/** What one does with one's own account and sessions, and with another's second factor. `link` tells an identity's id. */
export async function ownThings(caller, link) {
  const [changes, begins, stays] = [await person(caller, "ada"), await person(caller, "bea"), await person(caller, "cleo")];
  const [leaves, ends] = [await person(caller, "dora"), await person(caller, "eve")];
  const identity = await link(leaves.session);
  await again(ends);
  const other = (await ends.session.get("/sessions")).find((row) => !row.current);
  const [renews, removes, loses] = [await enrolled(caller, "fay"), await enrolled(caller, "gwen"), await enrolled(caller, "hope")];
  const [adds, renames, drops] = [await adding(caller, "ida"), await keyed(caller, "june"), await keyed(caller, "kit")];
  // Last, since a code is good for a minute: this one is the next minute's half.
  const confirms = await enrolling(caller, "lea");
  confirms.app.code();
  return {
    update_password: { as: changes.session, body: { current: PASSWORD, new: NEXT, repeat: NEXT } },
    delete_session_by_id: { as: ends.session, id: other.id },
    delete_other_sessions: { as: stays.session, others: true },
    unlink_identity: { as: leaves.session, id: identity },
    begin_second_factor: { as: begins.session, body: AGAIN },
    confirm_second_factor: { as: confirms.session, body: { code: confirms.app.code() } },
    renew_recovery_codes: { as: renews.session, body: { ...AGAIN, code: renews.codes[0] } },
    remove_second_factor: { as: removes.session, body: { ...AGAIN, code: removes.codes[0] } },
    reset_second_factor: { id: loses.id },
    begin_passkey: { as: begins.session, body: { name: "phone", ...AGAIN } },
    add_passkey: { as: adds.session, body: adds.device.made(adds.asked) },
    get_passkey: { as: renames.session, id: renames.passkey },
    rename_passkey: { as: renames.session, id: renames.passkey, "If-Match": renames.tag, body: { name: "phone" } },
    remove_passkey: { as: drops.session, id: drops.passkey, body: AGAIN },
  };
}

/** The ways in: by a password, a code, a passkey, a link, and by registering where everybody may. */
export async function signedOut(admin, owner, tenant) {
  await admin.put("/platform", { registration: "open" });
  const [ada, bea, cleo] = [await person(owner, "ada"), await enrolled(owner, "bea"), await keyed(owner, "cleo")];
  const { server } = owner;
  const [begins, completes, alone] = [await again(cleo), await again(cleo), new Rest(server)];
  const step = await completes.post("/session/code/passkey");
  const asked = await alone.post("/session/passkey");
  const captcha = await new Rest(server).post("/session/captcha");
  const token = async () => {
    const { path } = await owner.post("/links", { kind: "member", tenant });
    return new URL(path, server.url).searchParams.get("token");
  };
  const newcomer = { display_name: "Newcomer", password: PASSWORD };
  const main = { name: "mill", display_name: "The mill", owner: { username: "miller", ...newcomer } };
  return {
    create_session: { body: { username: "ada", password: PASSWORD } },
    delete_session: { as: ada.session },
    get_captcha: { file: `${captcha.id}.png`, loose: true },
    create_session_by_code: { as: await again(bea), body: { code: bea.codes[0] } },
    begin_second_step: { as: begins },
    complete_second_step: { as: completes, body: cleo.device.shown(step) },
    create_session_by_passkey: { as: alone, body: cleo.device.shown(asked) },
    judge_password: { body: { password: "moon over the water", username: "miller", tenant: "The mill" } },
    look_at_link: { body: { token: await token() } },
    follow_link: { body: { token: await token(), username: "joiner", repeat: PASSWORD, ...newcomer } },
    register: { body: { tenant: main, repeat: PASSWORD } },
  };
}
