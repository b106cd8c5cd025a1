import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Config } from './config.ts'
import { describeError } from './logged-error.ts'

/**
 * The process's logger: JSON lines on standard output.
 *
 * Lines carry no personal data: no bodies, no addresses with their queries, no headers, no client addresses, and of
 * errors only what cannot quote a value. Blotting out is the second lock, for a line that somebody writes in haste.
 *
 * Lines are written while the process goes on, many at once under load; the last ones before its end are written before it.
 *
 * @param destination where lines go instead of standard output, for tests.
 */
export function createLogger(
  { logLevel, name }: { readonly logLevel: Config['logLevel']; readonly name: string },
  destination?: DestinationStream,
): Logger {
  const options = {
    name,
    level: logLevel,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: describeError, req: () => undefined, res: () => undefined },
    formatters: { log: (line: Readonly<Record<string, unknown>>) => blotOut(line, 1) },
  }
  return pino(
    options,
    destination ?? pino.destination({ sync: false, minLength, maxLength: waitingMaxBytes }),
  )
}

/** Each line is written at once. With 0, which means the same, `flush` would wait for nothing. */
const minLength = 1

/** Whoever does not read what we write loses lines; neither requests nor memory wait for them. */
const waitingMaxBytes = 4 * 1024 * 1024

/** Names under which a secret or a personal datum could be logged, at the top of a line and one level down. */
const redactedNames = new Set([
  'authorization',
  'cookie',
  'token',
  'password',
  'secret',
  'contact',
  'phone',
  'reporter',
  'description',
  'address',
  'body',
  'headers',
  'query',
])

/** Pino's own redaction copies and walks through each line, which costs more than all the rest of it. */
function blotOut(line: Readonly<Record<string, unknown>>, levels: number): Record<string, unknown> {
  const clean = { ...line }
  for (const name of Object.keys(clean)) {
    const value = clean[name]
    if (redactedNames.has(name)) clean[name] = '[redacted]'
    else if (levels > 0 && isPlain(value)) clean[name] = blotOut(value, levels - 1)
  }
  return clean
}

/** Errors are left to their serializer, which tells only what may be told. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
