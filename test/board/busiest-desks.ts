import type { Actor } from '../../src/domain/actor.ts'

/** The district that most planted cases lie in. */
export const busiest = '420202000000'

const dispatcher = (areaCode: string): Actor => ({ id: 'desk', role: 'dispatcher', areaCode })

/** Desks of every height, in whose areas there is most to do, and one with nothing. */
export const desks = {
  city: dispatcher('420200000000'),
  'busiest district': dispatcher(busiest),
  street: dispatcher('420202007000'),
  community: dispatcher('420202007003'),
  'area without a case': dispatcher('420202007099'),
} as const
