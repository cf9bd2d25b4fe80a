// The icon sprite: one <symbol> for each icon the interface uses, so that one request brings them all.
import { readFile } from "node:fs/promises";
import path from "node:path";

/**
 * The sprite with the named icons, each a symbol whose id is the icon's name.
 * Throws when a name is no icon of the set, naming all such names at once.
 */
export async function sprite(names, folder) {
  const unknown = [];
  const symbols = await Promise.all(
    [...new Set(names)].sort().map(async (name) => {
      const source = await readFile(path.join(folder, `${name}.svg`), "utf8").catch(() => unknown.push(name) && "");
      const drawing = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(source)?.[1] ?? "";
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${drawing.replaceAll(/\s*\n\s*/g, "").replaceAll(" />", "/>")}</symbol>`;
    }),
  );
  if (unknown.length > 0) throw new Error(`style/icons.json names icons that lucide does not have: ${unknown.join(", ")}`);
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}
