import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import type { Config } from './config.ts'
import { describeError } from './logged-error.ts'

/**
 * The process's logger: JSON lines on standard output.
 *
 * Lines carry no personal data: no bodies, no addresses with their queries, no headers, no client addresses, and of
 * errors only what cannot quote a value. The redaction is the second lock, for a line that somebody writes in haste.
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
    redact: { paths: redactedPaths, censor: '[redacted]' },
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}

/** Names under which a secret or a personal datum could be logged, at the top of a line and one level down. */
const redactedNames = [
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
]
const redactedPaths = redactedNames.flatMap((name) => [name, `*.${name}`])
