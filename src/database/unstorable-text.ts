/** NUL, which Postgres refuses, and surrogates without their other half, which UTF-8 silently replaces. */
const unstorable = /[\0\p{Surrogate}]/u

/** Whether a text would not come back from the database as it went in. */
export function unstorableText(text: string): boolean {
  return unstorable.test(text)
}
