import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { buildApp } from '../../src/app.ts'
import type { ReadClock } from '../../src/database/clock.ts'
import type { Database } from '../../src/database/schema.ts'
import type { Actor } from '../../src/domain/actor.ts'
import { createAuthentication } from '../../src/http/authentication/authentication.ts'
import { openDevelopmentIssuer } from '../../src/http/authentication/development-issuer.ts'
import { keySetFromFile } from '../../src/http/authentication/key-set.ts'
import { createLifecycle } from '../../src/http/lifecycle.ts'
import { createLogger } from '../../src/logger.ts'
import { audience, issuer } from '../http/authentication/issue-tokens.ts'
import { runFolder } from '../support/scratch-folder.ts'
import { shownIncident, shownReceipt } from './shown-case.ts'

/** What an API is made of; a test puts broken ones in their place. */
export interface ServedCode {
  readonly buildApp: typeof buildApp
  readonly createAuthentication: typeof createAuthentication
  readonly keySetFromFile: typeof keySetFromFile
  readonly createLifecycle: typeof createLifecycle
}

const ourCode: ServedCode = { buildApp, createAuthentication, keySetFromFile, createLifecycle }

/** A request as somebody sends it; whoever is null has no token. */
export interface SentRequest {
  readonly by: Actor | null
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
}

/** What answers hold, as far as worlds look at it. */
const anyBody = z.looseObject({
  id: z.string().optional(),
  code: z.string().optional(),
  status: z.int().optional(),
  type: z.string().optional(),
  rule: z.string().optional(),
  reportId: z.string().optional(),
  incidentId: z.string().optional(),
  followSecret: z.string().optional(),
  state: z.string().optional(),
  treeVersion: z.int().nullable().optional(),
  incident: shownIncident.optional(),
  event: shownReceipt.nullable().optional(),
})

export interface WorldAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: z.output<typeof anyBody>
}

export type Send = (request: SentRequest) => Promise<WorldAnswer>

/** Longer than any run of worlds. */
const tokenLifetimeMs = 3_600_000

/**
 * Serves the whole API on a socket and returns what sends a request to it, in the name of whoever a token of the development
 * issuer says.
 */
export async function openWorldClient(
  t: { teardown(fn: () => unknown): void },
  { db, readClock }: { readonly db: Kysely<Database>; readonly readClock: ReadClock },
  code: ServedCode = ourCode,
): Promise<Send> {
  const directory = mkdtempSync(join(runFolder(), 'issuer-'))
  const now = Date.now
  const tokens = await openDevelopmentIssuer({ directory, environment: 'test', issuer, audience, now })
  const keys = await code.keySetFromFile(tokens.jwksPath)
  const app = await code.buildApp({
    db,
    readClock,
    logger: createLogger({ logLevel: 'fatal', name: 'test' }, { write: () => undefined }),
    authenticate: code.createAuthentication({ keys, issuer, audience, now }),
    metrics: new Registry(),
    lifecycle: code.createLifecycle(),
    quotas: { perPerson: 1_000_000, perAddress: 1_000_000 },
    changesPerPerson: 1_000_000,
  })
  t.teardown(() => app.close())
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const known = new Map<string, Promise<string>>()

  function tokenOf({ id, role, areaCode, unitCode }: Actor): Promise<string> {
    const token =
      known.get(id) ??
      tokens.issueToken({
        role,
        sub: id,
        ...(areaCode === undefined ? {} : { area: areaCode }),
        ...(unitCode === undefined ? {} : { unit: unitCode }),
        lifetimeMs: tokenLifetimeMs,
      })
    known.set(id, token)
    return token
  }

  return async ({ by, method, path, headers, body }) => {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: {
        ...headers,
        ...(by === null ? {} : { authorization: `Bearer ${await tokenOf(by)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: anyBody.parse(text === '' ? {} : JSON.parse(text)),
    }
  }
}
