import type { DevelopmentIssuer } from '../src/http/authentication/development-issuer.ts'
import { asOwner } from './chaos-clock.ts'
import type { Caller } from './phone.ts'

/** Everybody who can have to do with the cases of one community. */
export interface Neighbourhood {
  readonly communityCode: string
  readonly streetCode: string
  readonly leadUnit: string
  readonly residents: readonly [Caller, ...Caller[]]
  readonly gridWorker: Caller
  readonly community: Caller
  readonly street: Caller
  readonly district: Caller
  readonly responder: Caller
  /** A responder of a unit that is whistled now and then, to support. */
  readonly otherResponder: Caller
  readonly supportUnit: string
  /** A dispatcher of another district: nothing here exists for them. */
  readonly foreigner: Caller
}

export interface Cast {
  readonly cityCode: string
  readonly neighbourhoods: readonly [Neighbourhood, ...Neighbourhood[]]
  readonly administrator: Caller
  readonly auditor: Caller
}

const cityCode = '420200000000'
const districts = ['420202000000', '420203000000', '420204000000'] as const
const communitiesEach = 3
const residentsEach = 3

/** Gives everybody a token that outlives the run. */
export async function assembleCast(
  issuer: DevelopmentIssuer,
  databaseUrl: string,
  lifetimeMs: number,
): Promise<Cast> {
  const caller = async (
    request: Omit<Parameters<typeof issuer.issueToken>[0], 'lifetimeMs' | 'sub'>,
    sub: string,
  ) => ({
    principal: sub,
    token: await issuer.issueToken({ ...request, sub, lifetimeMs }),
  })
  const neighbourhoods: Neighbourhood[] = []
  for (const [index, district] of districts.entries()) {
    const foreign = districts[(index + 1) % districts.length] ?? district
    const prefix = district.slice(0, 6)
    for (const { code, street } of await findCommunities(databaseUrl, district)) {
      const staff = (role: 'grid_worker' | 'dispatcher', area: string) =>
        caller({ role, area }, `${role}.${area}`)
      const responder = (unit: string) => caller({ role: 'responder', unit }, `responder.${unit}`)
      const resident = (no: number) => caller({ role: 'resident' }, `resident.${code}.${no}`)
      neighbourhoods.push({
        communityCode: code,
        streetCode: street,
        leadUnit: `${prefix}-fire-rescue`,
        residents: [
          await resident(0),
          ...(await Promise.all(Array.from({ length: residentsEach - 1 }, (_, no) => resident(no + 1)))),
        ],
        gridWorker: await staff('grid_worker', code),
        community: await staff('dispatcher', code),
        street: await staff('dispatcher', street),
        district: await staff('dispatcher', district),
        responder: await responder(`${prefix}-fire-rescue`),
        otherResponder: await responder(`${prefix}-volunteers`),
        supportUnit: `${prefix}-volunteers`,
        foreigner: await staff('dispatcher', foreign),
      })
    }
  }
  const [first, ...rest] = neighbourhoods
  if (first === undefined) throw new Error('The seeded tree has communities')
  return {
    cityCode,
    neighbourhoods: [first, ...rest],
    administrator: await caller({ role: 'administrator', area: cityCode }, 'administrator.city'),
    auditor: await caller({ role: 'auditor', area: cityCode }, 'auditor.city'),
  }
}

async function findCommunities(
  databaseUrl: string,
  district: string,
): Promise<{ code: string; street: string }[]> {
  const { rows } = await asOwner(databaseUrl, (client) =>
    client.query<{ code: string; street: string }>(
      `select code, parent_code as street from areas where kind = 'community' and path @> array[$1]::text[]
       and retired_at is null order by code limit $2`,
      [district, communitiesEach],
    ),
  )
  return rows
}
