#!/usr/bin/env node
// Every page of app/src/routes.rs is among the screens that the journeys inspect, so that each is looked at on a phone and on a
// desk: axe finds nothing, nothing scrolls sideways, nothing is complained of (end2end/support/shots.mjs).
//
//   node .ci/check-screens.mjs [ROOT]     Default: this checkout.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { withoutComments } from "./rust-text.mjs";

const ROUTES = "app/src/routes.rs";
const SPECS = "end2end/specs";

/** Addresses that a journey was led to, by the names it keeps them under. */
const LED_TO = {
  "path": "/apps/:id",
  "seen.account": "/accounts/:id",
  "seen.app": "/apps/:id",
  "seen.cluster": "/clusters/:id",
  "seen.join": "/join",
  "seen.operation": "/operations/:id",
  "seen.provider": "/identity-providers/:id",
  "seen.registry": "/registries/:id",
  "seen.role": "/roles/:id",
  "seen.secret": "/secrets/:id",
  "seen.template": "/templates/:id",
  "seen.tenant": "/tenants/:id",
};

/** Pages that no address shows, each with where it is looked at or why it is not. */
const ELSEWHERE = {
  "/": "It leads on to the clusters or to the apps, which are inspected.",
  "/sign-in/code": "One comes there by a password alone: people.spec.mjs and second-factor.spec.mjs ask assertGood of it.",
};

/** What a screen is given as: `address: …`, `["name", …`, `shot("name", …` or `inspect(…`. */
const SCREEN = /(?:\baddress: |(?:\[|\bshot\()"[a-z0-9-]+", |\binspect\()("[^"\n]*"|`[^`\n]*`|[a-zA-Z_][\w.]*)/g;

/** The paths of all pages. */
export function routesIn(source) {
  return [...withoutComments(source).matchAll(/\bpath!\("([^"]*)"\)/g)].map(([, at]) => at).filter((at) => at !== "");
}

/** The addresses of the screens that a spec inspects; what stands for a part of one is `:`. */
export function addressesIn(source) {
  if (!/\binspect(All)?\(/.test(source)) return [];
  return [...source.matchAll(SCREEN)].map(([, given]) => {
    const text = /^["`]/.test(given) ? given.slice(1, -1) : `\${${given}}`;
    const whole = text.replace(/^\$\{([^}]*)\}/, (hole, name) => LED_TO[name] ?? hole);
    return whole.split("?")[0].replaceAll(/\$\{[^}]*\}/g, ":");
  });
}

/** The page that an address leads to: a name leads to that page before it is taken for what may be any. */
export function pageOf(address, routes) {
  const parts = address.split("/");
  const leads = (route) => {
    const names = route.split("/");
    return names.length === parts.length && names.every((name, n) => name.startsWith(":") || name === parts[n]);
  };
  const free = (route) => route.split("/:").length;
  return routes.filter(leads).sort((a, b) => free(a) - free(b))[0];
}

/** What is wrong in the tree at `root`, a sentence each. */
export function screenProblems(root, elsewhere = ELSEWHERE) {
  const routes = routesIn(readFileSync(path.join(root, ROUTES), "utf8"));
  const specs = readdirSync(path.join(root, SPECS)).filter((file) => file.endsWith(".spec.mjs"));
  const addresses = specs.flatMap((file) => addressesIn(readFileSync(path.join(root, SPECS, file), "utf8")));
  const seen = new Set(addresses.map((address) => pageOf(address, routes)));
  const missing = routes
    .filter((route) => !seen.has(route) && !elsewhere[route])
    .map((route) => `${ROUTES}: no journey inspects ${route}; add it to the screens of a spec that can reach it`);
  const left = Object.keys(elsewhere)
    .filter((route) => seen.has(route) || !routes.includes(route))
    .map((route) => `.ci/check-screens.mjs: ${route} ${seen.has(route) ? "is inspected" : "is no page"} and needs no reason`);
  return [...missing, ...left];
}

if (process.argv[1] && path.resolve(process.argv[1]) === import.meta.filename) {
  const problems = screenProblems(path.resolve(process.argv[2] ?? path.join(import.meta.dirname, "..")));
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log("Every page is inspected.");
  process.exitCode = problems.length === 0 ? 0 : 1;
}
