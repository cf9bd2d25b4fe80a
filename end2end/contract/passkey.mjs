// A device that keeps one passkey (Web Authentication, level 3), in a few lines: it makes the key when it is asked to, and
// answers with it, as a browser's `PublicKeyCredential.toJSON()` would say it. No browser is needed.
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

// What the device says of itself: somebody was there, and was recognised; a new key follows.
const PRESENT = 0x01;
const RECOGNISED = 0x04;
const NEW_KEY = 0x40;

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const base64url = (bytes) => Buffer.from(bytes).toString("base64url");

/** The public key as COSE writes it (RFC 9053): on P-256, for ES256. */
function cose({ x, y }) {
  const point = (label, value) => Buffer.concat([Buffer.from([label, 0x58, 0x20]), Buffer.from(value, "base64url")]);
  return Buffer.concat([Buffer.from("a5010203262001", "hex"), point(0x21, x), point(0x22, y)]);
}

/** An attestation that vouches for nothing, as CBOR (RFC 8949): `{fmt: "none", attStmt: {}, authData}`. */
function attestation(data) {
  const text = (word) => Buffer.concat([Buffer.from([0x60 + word.length]), Buffer.from(word)]);
  const length = Buffer.from([0x59, data.length >> 8, data.length & 0xff]);
  return Buffer.concat([Buffer.from([0xa3]), text("fmt"), text("none"), text("attStmt"), Buffer.from([0xa0]), text("authData"), length, data]);
}

export class Passkey {
  #id = randomBytes(32);
  #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  #origin;
  #owner;

  /** For a site at this origin: `http://localhost:8080`. */
  constructor(origin) {
    this.#origin = origin;
  }

  #said(type, challenge) {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false }));
  }

  #data(flags, ...more) {
    const site = sha256(new URL(this.#origin).hostname);
    return Buffer.concat([site, Buffer.from([flags]), Buffer.alloc(4), ...more]);
  }

  #answer(response) {
    const id = base64url(this.#id);
    return { id, rawId: id, type: "public-key", authenticatorAttachment: "platform", clientExtensionResults: {}, response };
  }

  /** Makes the key, as `{ ceremony, options }` asks. */
  made({ ceremony, options }) {
    this.#owner = options.user.id;
    const key = cose(this.#keys.publicKey.export({ format: "jwk" }));
    const data = this.#data(PRESENT | RECOGNISED | NEW_KEY, Buffer.alloc(16), Buffer.from([0, this.#id.length]), this.#id, key);
    const credential = this.#answer({
      clientDataJSON: base64url(this.#said("webauthn.create", options.challenge)),
      attestationObject: base64url(attestation(data)),
      transports: ["internal"],
    });
    return { ceremony, credential };
  }

  /** Shows that the key is there, as `{ ceremony, options }` asks. */
  shown({ ceremony, options }) {
    const said = this.#said("webauthn.get", options.challenge);
    const data = this.#data(PRESENT | RECOGNISED);
    const credential = this.#answer({
      clientDataJSON: base64url(said),
      authenticatorData: base64url(data),
      signature: base64url(sign("sha256", Buffer.concat([data, sha256(said)]), this.#keys.privateKey)),
      userHandle: this.#owner,
    });
    return { ceremony, credential };
  }
}
