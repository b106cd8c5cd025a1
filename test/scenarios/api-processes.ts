import type { Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Actor } from '../../src/domain/actor.ts'
import { openDevelopmentIssuer } from '../../src/http/authentication/development-issuer.ts'
import { type LiveClient, listenTo } from '../feed/live-api.ts'
import { anyReport } from '../incidents/api-world.ts'
import { type ApiProcess, startApi } from '../start-api.ts'
import { worldActors } from '../support/world-actors.ts'

const issued = { issuer: 'urn:whistle-report:development', audience: 'whistle-report' }
const anyAnswer = z.looseObject({
  code: z.string().default(''),
  incidentId: z.string().default(''),
  reportId: z.string().default(''),
})

/** One of several processes that serve one database, as clients see it: over the network, with tokens. */
export interface ServedApi extends ApiProcess {
  /** Sends a body in somebody's name; null for who has not logged in. */
  post(
    by: Actor | null,
    path: string,
    body: object,
  ): Promise<{ status: number; body: z.output<typeof anyAnswer> }>
  /** Sends in a report of the world's resident, which is to succeed, and returns the incident's id. */
  report(change?: object): Promise<string>
  /** Does an action, which is to succeed. */
  act(incidentId: string, by: Actor, action: string, body?: object): Promise<void>
  listen(by: Actor, path: string, headers?: Readonly<Record<string, string>>): Promise<LiveClient>
}

/** Starts so many processes of the API on one database. They live in real time, by the database's own clock. */
export async function serveTogether(
  t: Test,
  count: number,
  env: NodeJS.ProcessEnv & { readonly DATABASE_URL: string },
): Promise<ServedApi[]> {
  const directory = t.testdir()
  const issuer = await openDevelopmentIssuer({ directory, environment: 'test', ...issued, now: Date.now })
  const authorize = async ({ id: sub, role, areaCode: area, unitCode: unit }: Actor) => {
    const place = { ...(area === undefined ? {} : { area }), ...(unit === undefined ? {} : { unit }) }
    return `Bearer ${await issuer.issueToken({ role, sub, ...place, lifetimeMs: 3_600_000 })}`
  }
  const settings = { NODE_ENV: 'test', LOG_LEVEL: 'error', JWKS_FILE: issuer.jwksPath, ...env }
  return Promise.all(
    Array.from({ length: count }, async () => {
      const process = await startApi(t, settings)
      const api: ServedApi = {
        ...process,
        async post(by, path, body) {
          const response = await fetch(`${process.address}${path}`, {
            method: 'POST',
            headers: {
              ...(by === null ? {} : { authorization: await authorize(by) }),
              'idempotency-key': uuidv7(),
              'content-type': 'application/json',
            },
            body: JSON.stringify(body),
          })
          return { status: response.status, body: anyAnswer.parse(await response.json()) }
        },
        async report(change = {}) {
          const { status, body } = await api.post(worldActors.resident, '/v1/reports', {
            ...anyReport,
            ...change,
          })
          if (status !== 201) throw new Error(`A report was answered ${status} ${body.code}`)
          return body.incidentId
        },
        async act(incidentId, by, action, body = {}) {
          const { status, body: answer } = await api.post(by, `/v1/incidents/${incidentId}/${action}`, body)
          if (status !== 200) throw new Error(`${action} was answered ${status} ${answer.code}`)
        },
        async listen(by, path, headers = {}) {
          const authorization = await authorize(by)
          return listenTo(`${process.address}${path}`, { authorization, ...headers })
        },
      }
      return api
    }),
  )
}
