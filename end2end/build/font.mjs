// The part of the typeface that pages use: Latin letters with their accents, the signs between them, and the weights
// that the style sheets name. Half of what the package's file costs a first visit; Chinese comes from the system.
import { readFile } from "node:fs/promises";
import subsetFont from "subset-font";

/** From regular text to headings, as in style/. */
const WEIGHTS = { min: 400, max: 650, default: 400 };
/** Beside kerning and marks: figures of one width, and the letter forms that style/base.css asks for. */
const FEATURES = ["calt", "ccmp", "cv11", "kern", "locl", "mark", "ss03", "tnum"];
const SIGNS = "–—‘’“”…•·→←↑↓−×≤≥≈′″€™";

const range = (from, to) => String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i));

/** The bytes of the font file, cut down to what is used. */
export async function smallFont(file) {
  const letters = range(0x20, 0x7e) + range(0xa0, 0xff) + SIGNS;
  const options = { targetFormat: "woff2", variationAxes: { wght: WEIGHTS }, keepFeatures: FEATURES };
  return subsetFont(await readFile(file), letters, options);
}
