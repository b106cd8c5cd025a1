const descriptions = {
  ETag: 'Of what the answer shows (RFC 9110, 8.8.3); for If-Match or If-None-Match',
  'Feed-Cursor': 'The feedCursor of this answer: where to go on, also where nothing has changed',
  Location: 'Where it can be read from now on',
  // draft-ietf-httpapi-ratelimit-headers.
  RateLimit: 'What is left, and for how many seconds: `"name";r=12;t=300`',
  'RateLimit-Policy': 'The quota of a window in seconds: `"name";q=30;w=600`',
} as const

/** Headers that the answers of a route always carry, by status, for the contract. */
export type AnswerHeaders = Readonly<Partial<Record<200 | 201 | 202, readonly (keyof typeof descriptions)[]>>>

declare module 'fastify' {
  interface FastifyContextConfig {
    answerHeaders?: AnswerHeaders
  }
}

/** Some headers, as the contract describes them. */
export function describeHeaders(
  names: readonly (keyof typeof descriptions)[],
): Record<string, { readonly type: 'string'; readonly description: string }> {
  return Object.fromEntries(names.map((name) => [name, { type: 'string', description: descriptions[name] }]))
}
