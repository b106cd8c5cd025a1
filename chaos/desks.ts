import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Cast } from './cast-of-chaos.ts'
import { noteStrange } from './ledger.ts'
import type { Caller, PhoneNetwork } from './phone.ts'
import type { SeededRandom } from './seeded-random.ts'

const everyMs = { min: 200, max: 1_200 } as const
const answerLimitMs = 6_000
const pageMax = 100
/** More pages than any inbox of a run has. */
const pagesMax = 200

const item = z.looseObject({ id: z.string() })
const page = z.looseObject({
  items: z.array(item),
  nextCursor: z.string().nullable().optional(),
  feedCursor: z.string(),
})
const changes = z.looseObject({ items: z.array(item), gone: z.array(z.string()), feedCursor: z.string() })

/** Clocks still run out while inboxes are compared: what differs at one look only has changed between two requests. */
const looksMax = 5
const betweenLooksMs = 1_000

/** An inbox as a client holds it: what it loaded once, brought up to date by what has changed since. */
interface HeldInbox {
  readonly caller: Caller
  readonly items: Map<string, string>
  cursor: string | undefined
}

export interface Desks {
  /** Ends the reading, brings every inbox up to date once more and compares it with one that is loaded afresh. */
  stop(): Promise<readonly string[]>
}

/** People who look at boards and inboxes all the while. Whatever they are answered must be an answer of the contract. */
export function startDesks(network: PhoneNetwork, cast: Cast, random: SeededRandom): Desks {
  const stopping = new AbortController()
  const ending = AbortSignal.any([stopping.signal, network.signal])
  // A district's inbox is where the red list is.
  const near = cast.neighbourhoods.slice(0, 3)
  const callers = near.flatMap(({ community, street, district, responder }) => [
    community,
    street,
    district,
    responder,
  ])
  const inboxes = [...new Map(callers.map((caller) => [caller.principal, caller])).values()].map(
    (caller): HeldInbox => ({ caller, items: new Map(), cursor: undefined }),
  )
  const tags = new Map<string, string>()

  /** Asks for something; nothing where it could not be had just now. */
  async function ask(caller: Caller, path: string): Promise<{ status: number; text: string } | undefined> {
    const tag = tags.get(`${caller.principal} ${path}`)
    try {
      const response = await fetch(`${random.pick(network.addresses)}${path}`, {
        headers: {
          authorization: `Bearer ${caller.token}`,
          ...(tag === undefined ? {} : { 'if-none-match': tag }),
        },
        signal: AbortSignal.timeout(answerLimitMs),
      })
      const text = await response.text()
      const { status } = response
      const etag = response.headers.get('etag')
      if (status === 200 && etag !== null && path.startsWith('/v1/board'))
        tags.set(`${caller.principal} ${path}`, etag)
      if (![200, 304, 410, 503].includes(status))
        noteStrange(network.ledger, `${status} to GET ${path.split('?')[0]}: ${text.slice(0, 200)}`)
      return { status, text }
    } catch {
      return undefined
    }
  }

  async function load(caller: Caller): Promise<{ items: Map<string, string>; cursor: string } | undefined> {
    const items = new Map<string, string>()
    let feed: string | undefined
    for (let next: string | null | undefined = '', pages = 0; next != null && pages < pagesMax; pages += 1) {
      const cursor = next === '' ? '' : `&cursor=${encodeURIComponent(next)}`
      const answer = await ask(caller, `/v1/inbox?limit=${pageMax}${cursor}`)
      if (answer?.status !== 200) return undefined
      const read = page.parse(JSON.parse(answer.text))
      feed ??= read.feedCursor
      for (const one of read.items) items.set(one.id, JSON.stringify(one))
      next = read.nextCursor
    }
    return feed === undefined ? undefined : { items, cursor: feed }
  }

  async function bringUp(inbox: HeldInbox): Promise<boolean> {
    if (inbox.cursor === undefined) {
      const loaded = await load(inbox.caller)
      if (loaded === undefined) return false
      inbox.items.clear()
      for (const [id, one] of loaded.items) inbox.items.set(id, one)
      inbox.cursor = loaded.cursor
      return true
    }
    const answer = await ask(inbox.caller, `/v1/inbox/changes?since=${encodeURIComponent(inbox.cursor)}`)
    if (answer?.status === 410) inbox.cursor = undefined
    if (answer?.status !== 200) return false
    const read = changes.parse(JSON.parse(answer.text))
    for (const id of read.gone) inbox.items.delete(id)
    for (const one of read.items) inbox.items.set(one.id, JSON.stringify(one))
    inbox.cursor = read.feedCursor
    return true
  }

  /** What an inbox that was kept shows otherwise than one that is loaded afresh, however often both are asked for. */
  async function staysWrong(inbox: HeldInbox): Promise<string[]> {
    const { principal } = inbox.caller
    let wrong: Map<string, string> | undefined
    for (let look = 0; look < looksMax; look += 1) {
      if (look > 0) await wait(betweenLooksMs)
      if (!(await bringUp(inbox))) continue
      const fresh = await load(inbox.caller)
      if (fresh === undefined) continue
      const now = differences(principal, inbox.items, fresh.items)
      wrong = new Map([...now].filter(([id]) => wrong === undefined || wrong.has(id)))
      if (wrong.size === 0) break
    }
    return wrong === undefined ? [`the inbox of ${principal} cannot be had`] : [...wrong.values()]
  }

  async function run(): Promise<void> {
    while (!ending.aborted) {
      await wait(random.within(everyMs.min, everyMs.max), undefined, { signal: ending }).catch(
        () => undefined,
      )
      if (ending.aborted) return
      const { caller } = random.pick(inboxes)
      const board = random.pick([
        '',
        'redList=true',
        'state=dispatched',
        'q=%E6%B0%B4%E7%AE%A1',
        'standing=paused',
      ])
      await ask(caller, `/v1/board?${board}`)
      await bringUp(random.pick(inboxes))
    }
  }
  const running = run()

  return {
    async stop() {
      stopping.abort()
      await running
      const wrong: string[] = []
      for (const inbox of inboxes) wrong.push(...(await staysWrong(inbox)))
      return wrong
    },
  }
}

/** What is wrong with each case that two inboxes show differently, by the case's id. */
function differences(
  principal: string,
  held: ReadonlyMap<string, string>,
  fresh: ReadonlyMap<string, string>,
): Map<string, string> {
  const ids = [...new Set([...held.keys(), ...fresh.keys()])].filter((id) => held.get(id) !== fresh.get(id))
  return new Map(
    ids.map((id) => [
      id,
      `the inbox of ${principal} was kept with ${held.get(id) ?? 'nothing'} and loaded with ${fresh.get(id) ?? 'nothing'}`,
    ]),
  )
}
