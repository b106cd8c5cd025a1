import { z } from 'zod'
import type { Role } from '../src/domain/actor.ts'
import type { DevelopmentIssuer } from '../src/http/authentication/development-issuer.ts'
import { type PreparedRequest, preparePost } from './http-load.ts'
import { withClient } from './servers.ts'

/** Where reports come from: a community with its people. Many of them, because no real load falls on one row. */
export interface Place {
  readonly areaCode: string
  readonly categoryCode: string
  /** The unit that a street whistles there: it serves every category. */
  readonly unitCode: string
  readonly tokens: {
    readonly resident: string
    readonly grid_worker: string
    readonly dispatcher: string
    /** The dispatcher of the street above. */
    readonly street: string
    readonly responder: string
  }
}

/** As many as there are connections, so that each is somebody of their own. */
const placeCount = 32
const lifetimeMs = 12 * 60 * 60 * 1_000
const dayMs = 24 * 60 * 60 * 1_000

/** Chooses communities and categories evenly from the registries, and issues tokens for their people. */
export async function choosePlaces(url: string, issuer: DevelopmentIssuer): Promise<Place[]> {
  const { areas, categories } = await withClient(url, async (client) => ({
    areas: await client.query<{ code: string; street: string }>(
      `select code, parent_code as street from (
         select code, parent_code, row_number() over (order by code) as no, count(*) over () as total
         from areas where kind = 'community' and retired_at is null and path[1] = '420200000000') as communities
       where (no * $1) / total <> ((no - 1) * $1) / total order by code`,
      [placeCount],
    ),
    categories: await client.query<{ code: string }>(
      'select code from categories where parent_code is not null order by code limit 8',
    ),
  }))
  const codes = categories.rows.map(({ code }) => code)
  const token = (role: Role, area: string) =>
    issuer.issueToken({ role, area, sub: `bench.${role}.${area}`, lifetimeMs })
  return await Promise.all(
    areas.rows.map(async ({ code, street }, index) => {
      const unitCode = `${code.slice(0, 6)}-fire-rescue`
      return {
        areaCode: code,
        categoryCode: codes[index % codes.length] ?? '',
        unitCode,
        tokens: {
          resident: await issuer.issueToken({ role: 'resident', sub: `bench.resident.${code}`, lifetimeMs }),
          grid_worker: await token('grid_worker', code),
          dispatcher: await token('dispatcher', code),
          street: await token('dispatcher', street),
          responder: await issuer.issueToken({
            role: 'responder',
            unit: unitCode,
            sub: `bench.responder.${code}`,
            lifetimeMs,
          }),
        },
      }
    }),
  )
}

/** A report as a phone sends it: text, address, position and a contact. */
function reportOf({ areaCode, categoryCode }: Place): object {
  return {
    categoryCode,
    areaCode,
    description: '楼下消防通道被三辆私家车堵住，消防车进不来，物业说管不了，已经两天了。',
    address: '湖北省黄石市黄石港区湖滨大道 12 号 3 栋门前',
    position: { latitude: 30.2201, longitude: 115.0772 },
    contact: { name: '陈静', phone: '13800000000' },
  }
}

export function prepareReports(places: readonly Place[], host: string): PreparedRequest[] {
  return places.map((place) =>
    preparePost({ host, path: '/v1/reports', token: place.tokens.resident, body: reportOf(place) }),
  )
}

/** Makes new reports run for a day, so that none of them falls due while something else is measured. */
export async function setLongLimits(address: string, issuer: DevelopmentIssuer): Promise<void> {
  const city = '420200000000'
  const rungs = { community: dayMs, street: dayMs, district: dayMs }
  const token = await issuer.issueToken({ role: 'administrator', area: city, lifetimeMs })
  await post(address, '/v1/policies', token, {
    code: 'bench-intake',
    areaCode: city,
    ladder: ['community', 'street', 'district'],
    limitsMs: { report: rungs, feedback: rungs, on_site: rungs },
    unitLimitMs: dayMs,
    unitMinimumMs: 1_000,
    arrivalRadiusM: 500,
  })
}

const submitted = z.looseObject({ incidentId: z.uuid() })

/** Sends one report of each place, whose rows are then the pattern of what others write. */
export async function submitSamples(address: string, places: readonly Place[]): Promise<string[]> {
  const ids: string[] = []
  for (const place of places) {
    const answer = await post(address, '/v1/reports', place.tokens.resident, reportOf(place))
    ids.push(submitted.parse(answer).incidentId)
  }
  return ids
}

async function post(address: string, path: string, token: string, body: object): Promise<unknown> {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer
}
