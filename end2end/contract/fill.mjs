// What the requests lead to: one thing of each kind, and of what they end or use up one of its own, so that no request
// takes away what another needs. Told by the names that docs/openapi.json has for operations: the values of parameters,
// the `body`; `as`, whose session it takes where that is not the caller's own; `loose`, where the path need not stay so.
import { Rest } from "../support/rest.mjs";
import { ownThings, signedOut } from "./people.mjs";

export const ADMIN = "a platform administrator";
export const OWNER = "a tenant's owner";
export const NOBODY = "somebody who is not signed in";

const FIRST = "first-owner-pass";
const PASSWORD = "ships at dawn, twice";
const ADMIN_PASSWORD = "a harbour of its own";
const SPEC = { image: "registry.example.org/web:1", replicas: "1", port: "8080", cpu: "100m", memory: "64Mi" };
const TOKEN = { permissions: ["app.read"], scopes: [], days: "30" };

/** The `ETag` of what was just made, and of what was changed once. */
const [NEW, CHANGED] = ['"1"', '"2"'];

const tenantForm = (name) => ({
  name,
  display_name: `The ${name}`,
  owner: { username: `${name}-owner`, display_name: "Owner", password: FIRST },
});

/** A tenant and its main account, signed in. */
async function estate(admin, name) {
  const { id } = await admin.post("/tenants", tenantForm(name));
  return { id, owner: await new Rest(admin.server).firstSignIn(`${name}-owner`, FIRST, PASSWORD) };
}

/** Accounts, what they may do, and service accounts with their tokens. */
async function accounts(caller, { role, scope }) {
  const made = {};
  for (const username of ["deckhand", "mate", "doomed", "idle", "asleep", "forgetful", "riser"]) {
    made[username] = (await caller.post("/accounts", { username, display_name: username, password: FIRST })).id;
  }
  const bound = await caller.post(`/accounts/${made.mate}/bindings`, { role, scope });
  await caller.put(`/accounts/${made.asleep}/disabled`);
  const robot = await caller.post("/service-accounts", { username: "deployer", display_name: "Deploys" });
  await caller.post(`/accounts/${robot.id}/bindings`, { role, scope });
  const spare = await caller.post("/tokens", { name: "spare", ...TOKEN });
  return {
    create_account: { body: { username: "newcomer", display_name: "Newcomer", roles: [{ role, scope }], password: "rope and tar, rope and tar" } },
    get_account: { id: made.deckhand },
    update_account: { id: made.deckhand, "If-Match": NEW, body: { display_name: "Hand" } },
    delete_account: { id: made.doomed, confirm: "doomed" },
    disable_account: { id: made.idle },
    enable_account: { id: made.asleep },
    reset_password: { id: made.forgetful, body: { password: "yet another first one" } },
    create_binding: { id: made.riser, body: { role, scope } },
    delete_binding: { id: made.mate, binding: bound.id },
    create_service_account: { body: { username: "builder", display_name: "Builds" } },
    list_account_tokens: { id: robot.id },
    create_account_token: { id: robot.id, body: { name: "night", ...TOKEN } },
    token_choices: { account: robot.id },
    create_token: { body: { name: "day", ...TOKEN } },
    revoke_token: { id: spare.row.id },
    explain_access: { account: made.deckhand, permission: "app.read", on: scope },
    who_may: { permission: "app.read", on: scope },
  };
}

/** What accounts work with: roles, links, templates, registries, and what was done. */
async function tools(caller, { tenant }, outside) {
  const role = (name) => caller.post(`/roles?tenant=${tenant}`, { name, description: "Looks.", permissions: ["app.read"] });
  const template = await caller.post("/templates", { name: "web", description: "A web service.", spec: SPEC });
  await caller.put(`/templates/${template.id}`, { name: "web", description: "Two of them.", spec: { ...SPEC, replicas: "2" } });
  const registry = (name) => caller.post("/registries", outside.registryForm(name));
  const [reader, doomedRole] = [await role("reader"), await role("doomed")];
  const [harbour, doomedRegistry] = [await registry("harbour"), await registry("doomed")];
  const link = await caller.post("/links", { kind: "member", tenant });
  const { rows: entries } = await caller.get("/audit?limit=1");
  return {
    create_role: { body: { name: "looker", description: "Looks.", permissions: ["app.read"] } },
    get_role: { id: reader.role },
    update_role: { id: reader.role, "If-Match": NEW, body: { name: "reader", permissions: ["app.read", "namespace.read"] } },
    delete_role: { id: doomedRole.role, confirm: "doomed" },
    create_link: { body: { kind: "member", tenant, roles: [{ role: "viewer", scope: `tenant/${tenant}` }, { role: reader.role }], note: "For the new one." } },
    revoke_link: { id: link.row.id },
    create_template: { body: { name: "worker", description: "Works.", spec: SPEC } },
    add_starter_templates: { body: { language: "en" } },
    get_template: { id: template.id },
    update_template: { id: template.id, "If-Match": CHANGED, body: { name: "web", description: "Three.", spec: { ...SPEC, replicas: "3" } } },
    list_template_versions: { id: template.id },
    compare_template_versions: { id: template.id, left: 1, right: 2 },
    create_registry: { body: outside.registryForm("quay") },
    get_registry: { id: harbour.id },
    update_registry: { id: harbour.id, "If-Match": NEW, body: outside.registryForm("harbour") },
    delete_registry: { id: doomedRegistry.id, confirm: "doomed" },
    list_tags: { image: `${outside.host("harbour")}/shop/web:1` },
    convert_spec: { body: SPEC },
    look_at_spec: { body: SPEC },
    get_audit: { sequence: entries[0].sequence },
    export_audit: { format: "csv" },
    search: { q: "shop" },
  };
}

/** Tenants, as everybody in them and above them sees them. */
async function tenants(admin, caller, { tenant }) {
  // Of their own, since the one keeps out whoever has no second factor, and the other changes the main account.
  const [bank, mill] = [await estate(admin, "bank"), await estate(admin, "mill")];
  const heir = await mill.owner.post("/accounts", { username: "heir", display_name: "Heir", password: FIRST });
  await new Rest(admin.server).firstSignIn("heir", FIRST, PASSWORD);
  const above = caller === admin;
  const { version } = await bank.owner.get(`/tenants/${bank.id}/security`);
  const unchanged = { "If-Match": `"${version}"`, body: { second_factor_required: false } };
  return {
    list_tenant_accounts: { id: tenant },
    create_tenant_account: { id: tenant, body: { username: "joiner", display_name: "Joiner", password: "rope and tar, rope and tar" } },
    get_tenant_security: { id: tenant },
    update_tenant_security: { id: bank.id, as: above ? undefined : bank.owner, ...unchanged },
    hand_over: { id: heir.id, confirm: "heir", as: above ? undefined : mill.owner },
  };
}

/** What is the platform's alone. */
async function platform(admin, outside) {
  const made = {};
  for (const name of ["asleep", "idle", "doomed", "gone"]) made[name] = (await admin.post("/tenants", tenantForm(name))).id;
  await admin.put(`/tenants/${made.asleep}/suspended`, { reason: "It did not pay." });
  const operation = await admin.delete(`/tenants/${made.gone}?confirm=gone`);
  const provider = await admin.post("/identity-providers", outside.providerForm("harbour"));
  const doomed = await admin.post("/identity-providers", outside.providerForm("doomed"));
  return {
    create_tenant: { body: tenantForm("new") },
    get_tenant: { id: made.idle },
    delete_tenant: { id: made.doomed, confirm: "doomed" },
    suspend_tenant: { id: made.idle, body: { reason: "It did not pay." } },
    resume_tenant: { id: made.asleep },
    get_operation: { id: operation },
    update_platform: { "If-Match": NEW, body: { registration: "invitation" } },
    create_identity_provider: { body: outside.providerForm("quay") },
    get_identity_provider: { id: provider.row.id },
    update_identity_provider: { id: provider.row.id, "If-Match": NEW, body: outside.providerForm("harbour") },
    check_identity_provider: { id: provider.row.id },
    delete_identity_provider: { id: doomed.row.id, confirm: "doomed" },
  };
}

/** Makes it all for a caller; gives back who calls, and what there is for each operation. */
export async function fill(server, outside, who) {
  const admin = await new Rest(server).firstSignIn("admin", server.password, ADMIN_PASSWORD);
  const { id: tenant, owner } = await estate(admin, "shop");
  if (who === NOBODY) return { things: await signedOut(admin, owner, tenant) };
  const above = who === ADMIN;
  const caller = above ? admin : owner;
  const place = above ? { tenant, role: "platform_auditor", scope: "platform" } : { tenant, role: "developer", scope: `tenant/${tenant}` };
  await outside.provide(admin, above ? undefined : tenant);
  const things = {
    ...(await accounts(caller, place)),
    ...(await tools(caller, place, outside)),
    ...(await tenants(admin, caller, place)),
    ...(above ? await platform(admin, outside) : {}),
    ...(await ownThings(caller, (person) => outside.link(person))),
  };
  return { caller, tenant, things };
}

/** A token of the caller's for all that it may do. */
export async function tokenOf(caller) {
  const { permissions } = await caller.get("/tokens/choices");
  return (await caller.post("/tokens", { name: "contract", permissions, scopes: [], days: "1" })).token;
}
