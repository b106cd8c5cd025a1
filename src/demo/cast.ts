import type { DevelopmentIssuer, TokenRequest } from '../http/development-issuer.ts'
import type { CaseScript, CastMember } from './script.ts'

/** Longer than any show. */
const lifetimeMs = 60 * 60 * 1000

/** Gives everybody who acts a token of their own, made once. */
export interface Cast {
  /** Whoever sent the report in. */
  reporter(script: CaseScript): Promise<string>
  member(member: CastMember, script: CaseScript): Promise<string>
  /** Someone of the whole city. */
  city(role: 'administrator' | 'auditor'): Promise<string>
}

export interface CastDependencies {
  readonly issuer: DevelopmentIssuer
  readonly cityCode: string
  /** The street that a community belongs to. */
  readonly streetOf: (communityCode: string) => string
}

export function createCast({ issuer, cityCode, streetOf }: CastDependencies): Cast {
  const tokens = new Map<string, Promise<string>>()
  const tokenFor = (request: Omit<TokenRequest, 'lifetimeMs'>): Promise<string> => {
    const key = JSON.stringify(request)
    const token = tokens.get(key) ?? issuer.issueToken({ ...request, lifetimeMs })
    tokens.set(key, token)
    return token
  }
  const member: Cast['member'] = (who, { report: { areaCode }, unitCode }) => {
    switch (who) {
      case 'grid_worker':
        return tokenFor({ role: 'grid_worker', area: areaCode })
      case 'community':
        return tokenFor({ role: 'dispatcher', area: areaCode })
      case 'street':
        return tokenFor({ role: 'dispatcher', area: streetOf(areaCode) })
      case 'responder':
        return tokenFor({ role: 'responder', unit: unitCode })
    }
  }
  return {
    reporter: (script) =>
      script.reporter === 'grid_worker'
        ? member('grid_worker', script)
        : tokenFor({ role: 'resident', sub: `resident.${script.id}` }),
    member,
    city: (role) => tokenFor({ role, area: cityCode }),
  }
}
