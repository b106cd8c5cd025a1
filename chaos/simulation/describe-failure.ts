import { promiseKinds } from '../../src/domain/deadline.ts'
import type { Failure } from './simulate-worlds.ts'
import { pathIn, type SimulatedWorld, type Step } from './simulated-world.ts'

/** A failed world for whoever has to find out why: what was wrong, where, after which steps, and how to see it again. */
export function describeFailure({ seed, world, steps, faults }: Failure): string {
  const { policy, areas, reports, category } = world
  const all = new Map(areas.map((area) => [area.code, area]))
  const where = reports.map(({ areaCode }) =>
    pathIn(all, areaCode)
      .map((node) => `${node.kind} ${node.code}`)
      .join(' › '),
  )
  return [
    `World ${seed} went wrong:`,
    ...faults.map((fault) => `  ${fault.replaceAll('\n', '\n    ')}`),
    `Received at ${where.join(', and at ')}; a case for a ${category.admittedFrom} at least`,
    `Ladder ${policy.ladder.join(' → ')}; a unit has ${policy.unitLimitMs} ms, at least ${policy.unitMinimumMs} ms`,
    ...promiseKinds.map((promise) => `Limits of ${promise}: ${JSON.stringify(policy.limitsMs[promise])} ms`),
    `After ${steps.length} steps, none of which can be left out (in ms since the receipt):`,
    ...steps.map((step) => `  ${String(step.at).padStart(9)}  ${describeStep(world, step)}`),
    `Again: npm run simulate -- --worlds 1 --seed ${seed}`,
  ].join('\n')
}

function describeStep({ actors }: SimulatedWorld, step: Step): string {
  switch (step.do) {
    case 'act': {
      const { type, ...about } = step.ask
      return `${actors[step.by]?.id ?? ''}, about case ${step.on + 1}: ${type} ${JSON.stringify(about)} (request ${step.key})`
    }
    case 'move':
      return `area ${step.code} comes to lie below ${step.under}`
    case 'trust':
      return `the clock is trusted again, ${step.aheadMs} ms ahead`
    default:
      return step.do
  }
}
