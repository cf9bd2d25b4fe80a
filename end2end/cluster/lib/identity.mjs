// Which process a recorded pid means: a pid alone may have been given to
// another program since, so it is always kept with its start time.
import { readFileSync } from 'node:fs';

/** The start time of a process in clock ticks since boot, or undefined when it is gone or a zombie. */
export function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** What is recorded of a running process. */
export function identity(pid) {
  return { pid, start: startTime(pid) };
}

/** Whether the recorded process still is the one that runs under its pid. */
export function isAlive(recorded) {
  return Boolean(recorded?.pid && recorded.start && startTime(recorded.pid) === recorded.start);
}
