// Reading a command's options. Every option is known, typed and checked.
import { LabError } from './failure.mjs';

function number(name, text) {
  if (!/^\d+$/.test(text ?? '')) throw new LabError(`--${name} takes a whole number, not "${text ?? ''}".`);
  return Number(text);
}

/**
 * Options by name => `flag`, `number`, `text`; gives their values, and under `_`
 * what is no option. Everything after `--` is left as it is.
 */
export function parseArguments(args, options) {
  const values = { _: [] };
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at];
    if (arg === '--') {
      values._.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith('--')) {
      values._.push(arg);
      continue;
    }
    const [name, inline] = arg.slice(2).split(/=(.*)/s);
    const type = options[name];
    if (!type) throw new LabError(`There is no option --${name} here; \`lab help\` lists them.`);
    if (type === 'flag') {
      values[name] = true;
      continue;
    }
    const text = inline ?? args[(at += 1)];
    if (text === undefined) throw new LabError(`--${name} takes a value.`);
    values[name] = type === 'number' ? number(name, text) : text;
  }
  return values;
}
