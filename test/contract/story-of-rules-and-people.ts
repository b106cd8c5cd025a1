import { worldUnits } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { cast, minute, type Story } from './story-setting.ts'

const { administrator, street, gridWorker, resident } = cast
const hour = 60 * minute
const day = 24 * hour

/** Who acts is registered. */
export async function tellOfPeople({ tell, clock }: Story): Promise<void> {
  await tell('import_people', administrator, {
    body: [
      'subject,name,role,area_code,unit_code,skills',
      `grid-li,李秀英,grid_worker,${huangshi.grid},,急救;水电`,
      `volunteer-zhou,周建军,responder,,${worldUnits.volunteers},急救`,
      '',
    ].join('\n'),
  })
  await tell('put_person', administrator, {
    path: { subject: 'building-wu' },
    body: {
      name: '吴桂芳',
      role: 'building_leader',
      areaCode: huangshi.grid,
      unitCode: null,
      validFrom: '2026-11-01T00:00:00+08:00',
    },
  })
  await tell('list_people', street, { query: { within: huangshi.community, skill: '急救' } })
  await tell('get_person', street, { path: { subject: 'grid-li' } })
  const path = { subject: 'volunteer-zhou' }
  clock.advance(minute)
  await tell('retire_person', administrator, { path })
  clock.advance(minute)
  await tell('restore_person', administrator, { path })
  await tell('get_person_history', street, { path })
}

/** Who answers for which area is written down (包联). */
export async function tellOfResponsibilities({ tell, clock }: Story): Promise<void> {
  await tell('import_responsibilities', administrator, {
    body: [
      'code,area_code,unit_code,person_subject,valid_from',
      `bl-420202007003-party,${huangshi.community},syg-party-members,,2026-01-01T00:00:00+08:00`,
      '',
    ].join('\n'),
  })
  await tell('put_responsibility', administrator, {
    path: { code: 'bl-420202007003-001-li' },
    body: {
      areaCode: huangshi.grid,
      personSubject: 'grid-li',
      validFrom: '2026-11-01T00:00:00+08:00',
      validUntil: '2027-11-01T00:00:00+08:00',
    },
  })
  await tell('list_responsibilities', gridWorker, {
    query: { areaCode: huangshi.grid, at: '2026-11-20T09:00:00+08:00' },
  })
  const path = { code: 'bl-420202007003-party' }
  await tell('get_responsibility', gridWorker, { path })
  clock.advance(minute)
  await tell('retire_responsibility', administrator, { path })
  clock.advance(minute)
  await tell('restore_responsibility', administrator, { path })
  await tell('get_responsibility_history', gridWorker, { path })
}

/** What is merely untidy may wait a little longer. */
export async function tellOfPolicies({ tell }: Story): Promise<void> {
  await tell('list_policies', resident)
  const everyRung = (ms: number) => ({ community: ms, street: ms, district: ms })
  const { id } = await tell('create_policy_version', administrator, {
    body: {
      code: 'sanitation',
      categoryCode: 'sanitation',
      ladder: ['community', 'street', 'district'],
      limitsMs: {
        report: everyRung(10 * minute),
        feedback: everyRung(2 * hour),
        on_site: everyRung(day),
      },
      unitLimitMs: day,
      unitMinimumMs: 30 * minute,
      arrivalRadiusM: 500,
      whistles: {
        community: ['party_member_unit', 'volunteer_team', 'property_company'],
        street: ['department', 'party_member_unit', 'volunteer_team', 'property_company'],
        district: ['department', 'emergency_team'],
      },
    },
  })
  await tell('get_policy', resident, { path: { id } })
}
