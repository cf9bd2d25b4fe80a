// The one error that the lab shows as a sentence instead of a stack trace.

/** A failure whose message says what to do; `log` is the file to read next. */
export class LabError extends Error {
  constructor(message, { log, cause } = {}) {
    super(message, { cause });
    this.name = 'LabError';
    this.log = log;
  }
}
