import type { SeededRandom } from '../../chaos/seeded-random.ts'
import { type CaseInPlay, caseAsked, caseBeside } from '../../chaos/simulation/case-in-play.ts'
import { playWorld } from '../../chaos/simulation/play-world.ts'
import type { Ledger } from '../../chaos/simulation/reference-ledger.ts'
import { isPausing } from '../../chaos/simulation/reference-model.ts'
import { soundDomain } from '../../chaos/simulation/simulate-worlds.ts'
import { rungsMax, type SimulatedWorld, type Step } from '../../chaos/simulation/simulated-world.ts'
import { createStepSource } from '../../chaos/simulation/step-source.ts'
import { claimAndSettle } from '../../src/deadlines/claim-and-settle.ts'
import type { Instant } from '../../src/domain/instant.ts'
import { incidentReaders } from '../../src/domain/permissions.ts'
import {
  differentAction,
  differentProblem,
  differentRating,
  differentReading,
  differentReplay,
  labelled,
} from './compare-answers.ts'
import { refusedAtTheDoor, sees } from './expected-at-the-door.ts'
import { type RequestTally, tallyRequest } from './request-tally.ts'
import {
  callerOf,
  hasLink,
  policyCodeOf,
  type ReceivedReport,
  requestOfAct,
  requestOfFollowing,
  requestOfMove,
  requestOfPolicy,
  requestOfReading,
  requestOfReport,
  requestOfRetirement,
} from './requests-of-steps.ts'
import type { Stage } from './stage.ts'
import { storedDifferences } from './stored-differences.ts'
import type { SentRequest, WorldAnswer } from './world-client.ts'

/** Longer than any limit that a world's policy can have: each such wake-up lets every promise climb one rung. */
const pastEverythingMs = 24 * 3_600_000
/** After so many steps not the city's desk reads the cases, who sees all, but somebody who may see them or not. */
const othersReadEvery = 3
const claimMax = 500

type Act = Extract<Step, { readonly do: 'act' }>

/** What came of a world: how many steps it took, and what was wrong after the last of them. */
export interface PlayedOverHttp {
  readonly steps: number
  readonly faults: readonly string[]
}

/**
 * Plays a world in memory and over HTTP side by side until something differs: every act as the actor sends it, every wake-up as
 * a worker does it, every change of a registry as an administrator asks for it.
 */
export async function playOverHttp(
  { store, send, time, readClock }: Stage,
  simulated: SimulatedWorld,
  random: SeededRandom,
  tally: RequestTally,
): Promise<PlayedOverHttp> {
  const { db, clock } = store
  const begunAt = clock.now()
  time.clockFault = false
  time.clockJumps = []
  const made = await send(requestOfPolicy(simulated, simulated.policy, 'policy'))
  const policy = { ...simulated.policy, id: made.body.id ?? '', code: policyCodeOf(simulated) }
  const world: SimulatedWorld = { ...simulated, policy }
  let { version: treeVersion } = await db.selectFrom('area_tree').select('version').executeTakeFirstOrThrow()
  const parents = new Map(world.areas.map(({ code, parent }) => [code, parent]))
  const received: ReceivedReport[] = []
  const accepted = new Map<number, WorldAnswer>()
  let steps = 0
  let latest = begunAt

  const first = await report(0)
  const played = playWorld(world, {
    domain: soundDomain,
    receivedAt: begunAt,
    nameCase: (index) => received[index] ?? { incidentId: '', reportId: '' },
    treeVersion,
  })
  const faults = [...labelled('the policy', made.status, 201), ...first, ...played.faults]
  const next = createStepSource(world, random, { strangers: true })
  const take = async (step: Step): Promise<void> => {
    if (faults.length > 0) return
    steps += 1
    faults.push(...(await takeStep(step)))
    latest = Math.max(latest, clock.now())
    if (faults.length > 0) faults.push(`after step ${steps} of world ${world.seed}: ${JSON.stringify(step)}`)
  }
  for (let step = next(played); step !== undefined && faults.length === 0; step = next(played))
    await take(step)
  await take({ at: latest - begunAt, do: 'trust', aheadMs: 0 })
  for (let rung = 0; rung <= rungsMax + 1; rung += 1)
    await take({ at: latest - begunAt + pastEverythingMs, do: 'wake' })
  if (faults.length > 0) return { steps, faults }
  for (const one of played.cases) faults.push(...(await storedDifferences(store, one)))
  for (const index of received.keys()) faults.push(...(await followed(index)))
  clock.set(latest + pastEverythingMs)
  return { steps, faults }

  async function takeStep(step: Step): Promise<string[]> {
    // A claim looks for what is due by the clock alone, and two cases have one instant. Where the clock stands before the
    // last event, such things come later.
    const late =
      step.do === 'wake' || step.do === 'report' || (step.do === 'act' && step.ask.type.endsWith('merge'))
    const shown = late ? Math.max(step.at, played.now) : step.at
    clock.set(Math.max(begunAt + shown, time.clockJumps.at(-1)?.to ?? 0))
    const at = late ? clock.now() - begunAt : step.at
    switch (step.do) {
      case 'act': {
        const on = caseAsked(played.cases, step.on, step.ask.type)
        const touched = [on, caseBeside(played.cases, on, step.ask)]
        const { faults, shows } = await act({ ...step, at })
        return [...faults, ...(await read(touched, shows))]
      }
      case 'wake':
        return [...(await wake(at)), ...(await read([...received.keys()]))]
      case 'report': {
        const index = received.length
        const differing = await report(index)
        const { word } = played.take({ ...step, at })
        const is = received.length > index ? 'received' : 'refused'
        return [...differing, ...labelled('another report', is, word), ...(await read([index]))]
      }
      default:
        return besides(step)
    }
  }

  /** @returns also the case that the answer has shown, as one need not read it then */
  async function act(step: Act): Promise<{ faults: string[]; shows?: number }> {
    const request = requestOfAct(world, step, { begunAt, received })
    const before = accepted.get(step.key)
    if (before !== undefined) return { faults: await again(step, request, before) }
    const door = refusedAtTheDoor(world, played, step)
    if (door !== undefined) {
      tallyRequest(tally, world, step, door.code)
      const { faults } = played.take({ at: step.at, do: 'wake', on: door.settles })
      return { faults: [...faults, ...differentProblem(await send(request), door.code)] }
    }
    const { word, rule, faults } = played.take(step)
    tallyRequest(tally, world, step, word)
    const answer = await send(request)
    if (word !== 'accepted') return { faults: [...faults, ...differentProblem(answer, word, rule)] }
    accepted.set(step.key, answer)
    const on = caseAsked(played.cases, step.on, step.ask.type)
    const one = caseOf(on)
    if (step.ask.type === 'rate') {
      const { reportId } = caseOf(step.on).ledger.facts
      return { faults: [...faults, ...differentRating(answer, one, reportId)] }
    }
    return { faults: [...faults, ...differentAction(answer, one, areaCodeOf(on))], shows: on }
  }

  /** What was carried out is not carried out again; under its key nothing else is. */
  async function again(step: Act, request: SentRequest, before: WorldAnswer): Promise<string[]> {
    if (step.key % 3 > 0) {
      tallyRequest(tally, world, step, 'replayed')
      return differentReplay(await send(request), before)
    }
    tallyRequest(tally, world, step, 'idempotency_key_reused')
    const other = { ...request, body: { ...request.body, text: '换了内容的同一请求。' } }
    return differentProblem(await send(other), 'idempotency_key_reused')
  }

  async function wake(at: number): Promise<string[]> {
    const due = played.distrusted
      ? []
      : [...played.cases.keys()].filter((on) => isDue(caseOf(on).ledger, clock.now()))
    const { faults } = played.take({ at, do: 'wake', on: due })
    const onFailure = (_: string, error: unknown) => {
      throw error
    }
    const { claimed } = await claimAndSettle({ db, readClock, onFailure }, claimMax)
    return [...faults, ...labelled('the number of cases that a wake-up claims', claimed, due.length)]
  }

  async function report(index: number): Promise<string[]> {
    const answer = await send(requestOfReport(world, index))
    const { reportId, incidentId, followSecret } = answer.body
    if (answer.status !== 201) return differentProblem(answer, 'area_not_reportable')
    received.push({ reportId: reportId ?? '', incidentId: incidentId ?? '', followSecret })
    const linked = hasLink(world, index)
    return labelled('there being a link to the report', followSecret !== undefined, linked)
  }

  /** What is neither asked of a case nor of a report. */
  async function besides(step: Exclude<Step, { readonly do: 'act' | 'wake' | 'report' }>): Promise<string[]> {
    const { word } = played.take(step)
    switch (step.do) {
      case 'move': {
        const same = parents.get(step.code) === step.under
        const answer = await send(requestOfMove(world, step))
        if (word === 'refused' && !same) return differentProblem(answer, 'open_incidents')
        if (!same) treeVersion += 1
        parents.set(step.code, step.under)
        return labelled(
          'the move',
          { status: answer.status, treeVersion: answer.body.treeVersion },
          { status: 200, treeVersion: same ? null : treeVersion },
        )
      }
      case 'retire':
        treeVersion += 1
        return labelled('the retirement', (await send(requestOfRetirement(world))).status, 200)
      case 'policy': {
        // Nothing of it may concern what is under way.
        const limits = { community: 1_000, district: 1_000 }
        const other = {
          ...world.policy,
          ladder: ['community', 'district'] as const,
          limitsMs: { report: limits, feedback: limits, on_site: limits },
        }
        const answer = await send(requestOfPolicy(world, other, `policy-${steps}`))
        return labelled('the new version', answer.status, 201)
      }
      case 'distrust':
        time.clockFault = true
        return []
      case 'trust':
        if (step.aheadMs > 0 && time.clockFault) {
          clock.advance(step.aheadMs)
          time.clockJumps.push({ from: null, to: clock.now(), byMs: step.aheadMs })
        }
        time.clockFault = false
        return []
    }
  }

  /** The cases that a step may have changed, as staff read them; those that they may not see do not exist. */
  async function read(touched: readonly (number | undefined)[], shown?: number): Promise<string[]> {
    const readers = world.actors.filter(({ role }) => incidentReaders.some((each) => each === role))
    const [cityDesk] = readers
    const other = readers[steps % readers.length]
    const reader = steps % othersReadEvery === 0 ? other : cityDesk
    const found: string[] = []
    for (const [index, ids] of received.entries()) {
      if (reader === undefined || !touched.includes(index) || (index === shown && reader === cityDesk))
        continue
      const answer = await send(requestOfReading(reader, ids))
      const one = caseOf(index)
      found.push(
        ...(sees(reader, one)
          ? differentReading(answer, one, areaCodeOf(index))
          : differentProblem(answer, 'not_found')),
      )
    }
    return found
  }

  /** A report as whoever sent it follows it; to nobody else does it exist. */
  async function followed(index: number): Promise<string[]> {
    const [report, ids] = [world.reports[index], received[index]]
    if (report === undefined || ids === undefined) return []
    const sender = callerOf(world, report.by)
    const answer = await send(requestOfFollowing(sender, ids))
    const stranger = { id: `stranger-${world.seed}`, role: 'resident' } as const
    return [
      ...labelled(
        'the own report',
        { status: answer.status, state: answer.body.state },
        { status: 200, state: caseOf(caseAsked(played.cases, index, 'rate')).ledger.state },
      ),
      ...differentProblem(await send(requestOfFollowing(stranger, ids)), 'not_found'),
    ]
  }

  function caseOf(index: number): CaseInPlay {
    const one = played.cases[index]
    if (one === undefined) throw new Error(`There is no case ${index + 1}`)
    return one
  }

  function areaCodeOf(index: number): string {
    return world.reports[index]?.areaCode ?? ''
  }
}

/** Whether a wake-up finds a case: something is overdue in it, or ends by itself. */
function isDue({ clocks, requests, state, endedAt, facts }: Ledger, now: Instant): boolean {
  return (
    clocks.some((clock) => clock.state === 'running' && clock.dueAt < now) ||
    requests.some((request) => isPausing(request) && request.until !== null && request.until < now) ||
    (state === 'resolved' && endedAt !== null && endedAt + facts.policy.ratingTimeMs < now)
  )
}
