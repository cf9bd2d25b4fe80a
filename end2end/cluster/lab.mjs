// The lab's commands; `lab help` lists them.
import { COMMANDS, HELP } from './lib/commands.mjs';
import { LabError } from './lib/failure.mjs';
import { parseArguments } from './lib/arguments.mjs';

const [name = 'help', ...rest] = process.argv.slice(2);

try {
  if (['help', '-h', '--help'].includes(name)) {
    process.stdout.write(HELP);
  } else {
    const command = COMMANDS[name];
    if (!command) throw new LabError(`There is no command "${name}"; \`lab help\` lists them.`);
    const result = await command.run(parseArguments(rest, command.options ?? {}));
    process.exitCode = typeof result === 'number' ? result : 0;
  }
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  if (error.log) process.stderr.write(`lab: its log is ${error.log}\n`);
  process.exitCode = 1;
}
