// An authenticator app: reads the QR code of a page and shows the codes (RFC 6238).
import { createHmac } from "node:crypto";
import jsQR from "jsqr";

const STEP = 30;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function bytes(base32) {
  let bits = "";
  for (const sign of base32) bits += BASE32.indexOf(sign).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** What the QR code of the page says, as a camera would read it. */
export async function readQr(page) {
  const { data, side } = await page.locator("svg.qr").evaluate(async (svg) => {
    const side = 480;
    const copy = svg.cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", side);
    copy.setAttribute("height", side);
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(copy.outerHTML)}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return { data: [...context.getImageData(0, 0, side, side).data], side };
  });
  const found = jsQR(Uint8ClampedArray.from(data), side, side);
  if (!found) throw new Error("The page's QR code cannot be read.");
  return found.data;
}

/** The app, once it has read an otpauth: address. */
export class Authenticator {
  #key;
  #last = 0;

  constructor(address) {
    const url = new URL(address);
    this.issuer = url.searchParams.get("issuer");
    this.#key = bytes(url.searchParams.get("secret"));
  }

  /** A code that was not given before: that of the present step, or of the next one, which counts as well. */
  code() {
    this.#last = Math.max(this.#last + 1, Math.floor(Date.now() / 1000 / STEP));
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.#last));
    const hash = createHmac("sha1", this.#key).update(counter).digest();
    const at = hash[19] & 15;
    return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }
}
