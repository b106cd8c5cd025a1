import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { CommandType } from '../src/domain/transitions.ts'
import { type Act, drawStory } from './case-stories.ts'
import type { Cast, Neighbourhood } from './cast-of-chaos.ts'
import { act, type Errand, type PhoneNetwork, report, type Submitted } from './phone.ts'
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
/** Chances of the mishaps that clients cause by themselves, and of ways to report that are not the usual one. */
const chances = {
  parallel: 0.15,
  otherBody: 0.3,
  offline: 0.15,
  foreign: 0.06,
  once: 0.1,
  ignored: 0.15,
  withoutLogin: 0.12,
  anonymous: 0.12,
  onBehalf: 0.1,
} as const
const hourMs = 3_600_000
/** Cases of a district that others may be merged into: most of these are still open. */
const recentMax = 5

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
  const recent = new Map<string, string[]>()

  async function hand(): Promise<void> {
    while (!ending.aborted) {
      await playCase(network, { cast, place: random.pick(cast.neighbourhoods), recent }, random, ending)
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
      const taken = await report(network, {
        caller,
        key: randomUUID(),
        body: newReport(neighbourhood, random),
      })
      return taken === undefined ? undefined : { incidentId: taken.incidentId, neighbourhood }
    },
  }
}

interface Stage {
  readonly cast: Cast
  readonly place: Neighbourhood
  /** Cases that were reported lately, by district. */
  readonly recent: Map<string, string[]>
}

/** Who reported, as they rate and are named. */
type Sender = Pick<Errand, 'caller' | 'unnamed'>

/** One case: a report, and what this or that person does about it, in time or late, or not at all. */
async function playCase(
  network: PhoneNetwork,
  { cast, place, recent }: Stage,
  random: SeededRandom,
  signal: AbortSignal,
): Promise<void> {
  const { sender, extra } = drawSender(place, random)
  const body = { ...newReport(place, random), ...extra }
  const taken = await submitSomehow(network, { ...sender, body }, random)
  if (taken === undefined || random.next() < chances.ignored) return
  const district = place.communityCode.slice(0, 6)
  const elders = recent.get(district) ?? []
  const elder = elders.length === 0 ? undefined : random.pick(elders)
  recent.set(district, [...elders.slice(1 - recentMax), taken.incidentId])
  const anonymousReport = extra.anonymous === true ? taken.reportId : undefined
  for (const one of drawStory({ ...cast, place, anonymousReport, elder }, random)) {
    if (signal.aborted) return
    await wait(random.within(thinkMs.min, thinkMs.max) + (one.afterMs ?? 0))
    await actSomehow(network, place, { act: one, taken, sender }, random)
  }
}

/** Most are logged in; some are not, some do not want to be known, and some report for others. */
function drawSender(
  place: Neighbourhood,
  random: SeededRandom,
): { readonly sender: Sender; readonly extra: Errand['body'] } {
  if (random.next() < chances.withoutLogin) return { sender: { caller: null, unnamed: true }, extra: {} }
  const caller = random.next() < 0.8 ? random.pick(place.residents) : place.gridWorker
  if (random.next() < chances.anonymous)
    return { sender: { caller, unnamed: true }, extra: { anonymous: true } }
  const onBehalfOf = { name: plantedName, phone: `${plantedPhone}${random.within(1_000, 9_999)}` }
  return {
    sender: { caller },
    extra: random.next() < chances.onBehalf ? { onBehalfOf, contact: undefined } : {},
  }
}

/** Sends a report once, or several times at once under one key, one of them perhaps with other words. */
async function submitSomehow(
  network: PhoneNetwork,
  errand: Sender & Pick<Errand, 'body'>,
  random: SeededRandom,
): Promise<Submitted | undefined> {
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
  asked: { readonly act: Act; readonly taken: Submitted; readonly sender: Sender },
  random: SeededRandom,
): Promise<void> {
  const { incidentId } = asked.taken
  const { command } = asked.act
  const body = { ...newAction(command, random), ...asked.act.more }
  const who = whoActs(asked)
  const key = randomUUID()
  if (random.next() < chances.foreign) {
    await act(network, {
      command: 'feedback',
      about: incidentId,
      caller: place.foreigner,
      key: randomUUID(),
      body: newAction('feedback', random),
      provokes: ['not_found'],
    })
  }
  // A unit that was never whistled does not know the case.
  const byUnit = asked.act.by === place.responder || asked.act.by === place.otherResponder
  const provokes = byUnit ? ['not_found'] : []
  if (random.next() >= chances.parallel)
    await act(network, { ...who, command, key, body, provokes, once: random.next() < chances.once })
  else
    await manyAtOnce(body, random, 'text', (each, more) =>
      act(network, { ...who, command, key, body: each, provokes: [...provokes, ...more] }),
    )
}

/** Who is not logged in rates by the secret that they were given. */
function whoActs({
  act: { by },
  taken: { incidentId, reportId, followSecret },
  sender,
}: {
  readonly act: Act
  readonly taken: Submitted
  readonly sender: Sender
}): Sender & Pick<Errand, 'about'> {
  if (by !== 'reporter') return { caller: by, about: incidentId }
  if (followSecret === undefined) return { ...sender, about: reportId }
  return { caller: { secret: followSecret }, about: reportId, unnamed: true }
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

/** Commands that need no words. */
const wordless: readonly CommandType[] = [
  'report_up',
  'whistle',
  'hand_down',
  'accept',
  'arrive',
  'finish',
  'close',
  'raise',
  'approve_relief',
  'resume',
  'merge',
  'rate',
]

function newAction(command: CommandType, random: SeededRandom): Errand['body'] {
  const text = actionText(command, randomUUID())
  return {
    ...(command === 'arrive' && random.next() < 0.5
      ? { position: { latitude: plantedLatitude, longitude: 115.0772 } }
      : {}),
    ...(wordless.includes(command) && random.next() < 0.5 ? {} : { text }),
    // A rating has no time of its own.
    ...(command === 'rate' ? {} : offlineClaim(random)),
  }
}

/** What an offline phone says of when it happened: hours ago and out of order, or in a future that its clock believes in. */
function offlineClaim(random: SeededRandom): { occurredAt?: string } {
  if (random.next() >= chances.offline) return {}
  return { occurredAt: new Date(Date.now() - random.within(-hourMs, 8 * hourMs)).toISOString() }
}
