import type { DevelopmentIssuer, TokenRequest } from '../../http/authentication/development-issuer.ts'
import type { CaseScript, CastMember } from '../cases/script.ts'

/** Longer than any show. */
const lifetimeMs = 60 * 60 * 1000

/** Gives everybody who acts a token of their own, made once. */
export interface Cast {
  member(member: CastMember, script: CaseScript): Promise<string>
  /** Someone of the whole city. */
  city(role: 'administrator' | 'auditor'): Promise<string>
}

export interface CastDependencies {
  readonly issuer: DevelopmentIssuer
  readonly cityCode: string
  /** The area that another one lies in. */
  readonly parentOf: (code: string) => string
}

export function createCast({ issuer, cityCode, parentOf }: CastDependencies): Cast {
  const tokens = new Map<string, Promise<string>>()
  const tokenFor = (request: Omit<TokenRequest, 'lifetimeMs'>): Promise<string> => {
    const key = JSON.stringify(request)
    const token = tokens.get(key) ?? issuer.issueToken({ ...request, lifetimeMs })
    tokens.set(key, token)
    return token
  }
  const dispatcher = (area: string) => tokenFor({ role: 'dispatcher', area })
  const member: Cast['member'] = (who, script) => {
    const { id, reporter, report, unitCode } = script
    const { areaCode } = report
    if (typeof who === 'object') return tokenFor({ role: 'responder', unit: who.unit })
    switch (who) {
      case 'reporter':
        return reporter === 'grid_worker'
          ? member('grid_worker', script)
          : tokenFor({ role: 'resident', sub: `resident.${id}` })
      case 'neighbour':
        return tokenFor({ role: 'resident', sub: `neighbour.${id}` })
      case 'grid_worker':
        return tokenFor({ role: 'grid_worker', area: areaCode })
      case 'community':
        return dispatcher(areaCode)
      case 'street':
        return dispatcher(parentOf(areaCode))
      case 'district':
        return dispatcher(parentOf(parentOf(areaCode)))
      case 'responder':
        return tokenFor({ role: 'responder', unit: unitCode })
    }
  }
  return { member, city: (role) => tokenFor({ role, area: cityCode }) }
}
