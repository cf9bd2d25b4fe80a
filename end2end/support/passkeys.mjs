// A device that keeps passkeys: Chromium's virtual authenticator. It belongs to a page; what it keeps can be taken along.

/** A device as phones and laptops have it built in. */
export class Device {
  #cdp;
  #id;

  constructor(cdp, id) {
    this.#cdp = cdp;
    this.#id = id;
  }

  /** Gives a page a device with these passkeys. */
  static async of(page, passkeys = []) {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    const { authenticatorId: id } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    for (const credential of passkeys) await cdp.send("WebAuthn.addCredential", { authenticatorId: id, credential });
    return new Device(cdp, id);
  }

  /** What it keeps now. */
  async passkeys() {
    const { credentials } = await this.#cdp.send("WebAuthn.getCredentials", { authenticatorId: this.#id });
    return credentials;
  }

  /** Whether it knows its owner's finger from now on. */
  async setKnowsFinger(isUserVerified) {
    await this.#cdp.send("WebAuthn.setUserVerified", { authenticatorId: this.#id, isUserVerified });
  }
}
