import { z } from 'zod'

/** What pg's errors tell beside their message: names of our own things, and the place in Postgres' source. */
const databaseFields = z.object({
  code: z.string().optional(),
  severity: z.string().optional(),
  schema: z.string().optional(),
  table: z.string().optional(),
  column: z.string().optional(),
  constraint: z.string().optional(),
  routine: z.string().optional(),
})

const causesMax = 5

/** What a line says about an error. */
export interface LoggedError {
  readonly type: string
  readonly message?: string
  readonly stack?: string
  readonly cause?: LoggedError
  readonly [field: string]: unknown
}

/**
 * What of an error may stand in a log. Postgres quotes the value in its `detail` and, for data exceptions, in its message;
 * JSON.parse quotes the text; zod quotes input. Those messages are left out, the stack then says where it happened.
 */
export function describeError(error: unknown): LoggedError {
  return describe(error, causesMax)
}

function describe(error: unknown, causesLeft: number): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error }
  const fields = databaseFields.safeParse(error).data ?? {}
  const message = quotesValues(error, fields.code) ? undefined : error.message
  return {
    type: error.name,
    ...fields,
    ...(message === undefined ? {} : { message }),
    stack: framesOf(error),
    ...(error.cause === undefined || causesLeft === 0
      ? {}
      : { cause: describe(error.cause, causesLeft - 1) }),
  }
}

function quotesValues(error: Error, code: string | undefined): boolean {
  const isDataException = code !== undefined && /^2[23][0-9A-Z]{3}$/.test(code)
  return isDataException || error instanceof SyntaxError || error instanceof z.core.$ZodError
}

/** The frames only: a stack begins with the message. */
function framesOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n')
}
