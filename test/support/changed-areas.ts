import type { Actor } from '../../src/domain/actor.ts'
import { defaultPolicy } from '../../src/policies/default-policy.ts'
import type { Api } from '../incidents/api-world.ts'
import { worldPolicy } from './seed-world.ts'
import { worldActors } from './world-actors.ts'
import { huangshi } from './world-areas.ts'

type Caller = Pick<Api, 'call'>

const keeper: Actor = { id: 'administrator-district', role: 'administrator', areaCode: huangshi.district }
/** The desks of the two streets that the world's street is split into. */
export const eastDesk: Actor = { id: 'dispatcher-east', role: 'dispatcher', areaCode: '420202008000' }
export const westDesk: Actor = { id: 'dispatcher-west', role: 'dispatcher', areaCode: '420202009000' }

/** Changes the tree of areas, which is to succeed. */
export async function changeAreas(
  { call }: Caller,
  method: 'POST' | 'PUT',
  path: string,
  body?: object,
): Promise<void> {
  const answer = await call(keeper, method, `/v1/areas/${path}`, body)
  if (answer.status !== 200) throw new Error(answer.text)
}

/** Splits the world's street into an eastern one, which takes over the given communities, and a western one. */
export function splitStreet(
  world: Caller,
  inTheEast: readonly string[] = [huangshi.community],
): Promise<void> {
  return changeAreas(world, 'POST', `${huangshi.street}/split`, {
    into: [
      { code: eastDesk.areaCode, name: '胜阳港东街道', childCodes: inTheEast },
      { code: westDesk.areaCode, name: '胜阳港西街道', childCodes: [huangshi.neighbour] },
    ],
  })
}

/** From now on promises of new cases climb to the street and no further, with the world's limits. */
export async function endLadderAtStreet({ call }: Caller): Promise<void> {
  const everyRung = (limitMs: number) => ({ community: limitMs, street: limitMs })
  const { status, text } = await call(worldActors.administrator, 'POST', '/v1/policies', {
    ...defaultPolicy,
    areaCode: huangshi.district,
    ladder: ['community', 'street'],
    limitsMs: {
      report: everyRung(worldPolicy.reportMs),
      feedback: everyRung(worldPolicy.feedbackMs),
      on_site: everyRung(worldPolicy.onSiteMs),
    },
  })
  if (status !== 201) throw new Error(text)
}
