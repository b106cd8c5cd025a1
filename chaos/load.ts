import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { CommandType } from '../src/domain/transitions.ts'
import type { Cast, Neighbourhood } from './cast-of-chaos.ts'
import { act, type Caller, type Errand, type PhoneNetwork, report } from './phone.ts'
import {
  actionText,
  plantedFlat,
  plantedLatitude,
  plantedName,
  plantedPhone,
  reportText,
} from './planted-texts.ts'
import type { SeededRandom } from './seeded-random.ts'
import { reportedCategories } from './short-limits.ts'

/** People who act at a time. More would measure the machine and not the service. */
const handsAtATime = 10
const thinkMs = { min: 20, max: 500 } as const
/** Chances of the mishaps that clients cause by themselves. */
const chances = {
  parallel: 0.15,
  otherBody: 0.3,
  offline: 0.15,
  foreign: 0.06,
  once: 0.1,
  ignored: 0.15,
} as const
const hourMs = 3_600_000

export interface Load {
  /** Begins no further case, and resolves once those in hand are done. */
  stop(): Promise<void>
  /** Sends in a report that nobody will do anything about, for faults that need a case of their own. */
  ownCase(): Promise<{ readonly incidentId: string; readonly neighbourhood: Neighbourhood } | undefined>
}

/** Lets people report and act without pause. */
export function startLoad(network: PhoneNetwork, cast: Cast, random: SeededRandom): Load {
  const stopping = new AbortController()
  const ending = AbortSignal.any([stopping.signal, network.signal])

  async function hand(): Promise<void> {
    while (!ending.aborted) {
      await playCase(network, random.pick(cast.neighbourhoods), random, ending)
    }
  }
  const hands = Array.from({ length: handsAtATime }, () => hand())

  return {
    async stop() {
      stopping.abort()
      await Promise.all(hands)
    },
    async ownCase() {
      const neighbourhood = random.pick(cast.neighbourhoods)
      const [caller] = neighbourhood.residents
      const incidentId = await report(network, {
        caller,
        key: randomUUID(),
        body: newReport(neighbourhood, random),
      })
      return incidentId === undefined ? undefined : { incidentId, neighbourhood }
    },
  }
}

/** One case: a report, and what this or that person does about it, in time or late, or not at all. */
async function playCase(
  network: PhoneNetwork,
  place: Neighbourhood,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> {
  const caller = random.next() < 0.8 ? random.pick(place.residents) : place.gridWorker
  const incidentId = await submitSomehow(network, { caller, body: newReport(place, random) }, random)
  if (incidentId === undefined || random.next() < chances.ignored) return
  for (const [command, who] of storyFor(place, random)) {
    if (signal.aborted) return
    await wait(random.within(thinkMs.min, thinkMs.max))
    await actSomehow(network, place, { caller: who, command, incidentId }, random)
  }
}

/** Commands in an order in which they can make sense; some will be refused, as in life. */
function storyFor(place: Neighbourhood, random: SeededRandom): [CommandType, Caller][] {
  const dispatcher = random.pick([place.community, place.street, place.district])
  return random.pick<[CommandType, Caller][]>([
    [
      ['report_up', place.gridWorker],
      ['whistle', place.street],
      ['feedback', place.street],
      ['arrive', place.responder],
      ['resolve', place.responder],
      ['close', place.street],
    ],
    [
      ['whistle', place.community],
      ['arrive', place.responder],
      ['feedback', place.responder],
      ['resolve', place.community],
    ],
    [
      ['feedback', place.gridWorker],
      ['arrive', place.gridWorker],
      ['resolve', place.gridWorker],
      ['reopen', place.community],
      ['feedback', place.community],
    ],
    [['settle', dispatcher]],
    [
      ['reject', place.community],
      ['reopen', place.street],
      ['whistle', place.street],
    ],
    [
      ['report_up', place.community],
      ['report_up', place.gridWorker],
      ['feedback', place.otherResponder],
    ],
    [
      ['whistle', dispatcher],
      ['arrive', place.otherResponder],
    ],
  ])
}

/** Sends a report once, or several times at once under one key, one of them perhaps with other words. */
async function submitSomehow(
  network: PhoneNetwork,
  errand: Pick<Errand, 'caller' | 'body'>,
  random: SeededRandom,
): Promise<string | undefined> {
  const key = randomUUID()
  if (random.next() >= chances.parallel)
    return report(network, { ...errand, key, once: random.next() < chances.once })
  return manyAtOnce(errand.body, random, 'description', (body, provokes) =>
    report(network, { ...errand, key, body, provokes }),
  )
}

async function actSomehow(
  network: PhoneNetwork,
  place: Neighbourhood,
  asked: Pick<Errand, 'caller' | 'incidentId'> & { command: CommandType },
  random: SeededRandom,
): Promise<void> {
  const body = newAction(asked.command, place, random)
  const key = randomUUID()
  if (random.next() < chances.foreign) {
    const errand = { ...asked, command: 'feedback' as const, caller: place.foreigner }
    await act(network, {
      ...errand,
      key: randomUUID(),
      body: newAction('feedback', place, random),
      provokes: ['not_found'],
    })
  }
  // A unit that was never whistled does not know the case.
  const provokes = asked.caller.principal.startsWith('responder') ? ['not_found'] : []
  if (random.next() >= chances.parallel)
    await act(network, { ...asked, key, body, provokes, once: random.next() < chances.once })
  else
    await manyAtOnce(body, random, 'text', (each, more) =>
      act(network, { ...asked, key, body: each, provokes: [...provokes, ...more] }),
    )
}

/** The first true answer of several requests that are sent at the same time. */
async function manyAtOnce<T>(
  body: Errand['body'],
  random: SeededRandom,
  textField: 'text' | 'description',
  send: (body: Errand['body'], provokes: readonly string[]) => Promise<T>,
): Promise<T | undefined> {
  const copies: Errand['body'][] = Array.from({ length: random.within(2, 5) }, () => body)
  const differs = random.next() < chances.otherBody
  if (differs) copies.push({ ...body, [textField]: actionText('改了主意', randomUUID()) })
  const provokes = differs ? ['idempotency_key_reused'] : []
  const answers = await Promise.all(copies.map((each) => send(each, provokes)))
  return answers.find(Boolean)
}

function newReport(place: Neighbourhood, random: SeededRandom): Errand['body'] {
  return {
    categoryCode: random.pick(reportedCategories),
    areaCode: place.communityCode,
    description: reportText(randomUUID()),
    ...(random.next() < 0.5 ? { address: `湖北省黄石市文化宫路 7 号 ${plantedFlat}` } : {}),
    ...(random.next() < 0.5 ? { position: { latitude: plantedLatitude, longitude: 115.0772 } } : {}),
    ...(random.next() < 0.5
      ? { contact: { name: plantedName, phone: `${plantedPhone}${random.within(1_000, 9_999)}` } }
      : {}),
    ...offlineClaim(random),
  }
}

function newAction(command: CommandType, place: Neighbourhood, random: SeededRandom): Errand['body'] {
  const text = actionText(command, randomUUID())
  const optional = ['report_up', 'whistle', 'arrive', 'close'].includes(command)
  return {
    ...(command === 'whistle' ? { lead: place.leadUnit } : {}),
    ...(command === 'arrive' && random.next() < 0.5
      ? { position: { latitude: plantedLatitude, longitude: 115.0772 } }
      : {}),
    ...(optional && random.next() < 0.5 ? {} : { text }),
    ...offlineClaim(random),
  }
}

/** What an offline phone says of when it happened: hours ago and out of order, or in a future that its clock believes in. */
function offlineClaim(random: SeededRandom): { occurredAt?: string } {
  if (random.next() >= chances.offline) return {}
  return { occurredAt: new Date(Date.now() - random.within(-hourMs, 8 * hourMs)).toISOString() }
}
