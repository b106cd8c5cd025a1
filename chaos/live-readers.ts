import { setTimeout as wait } from 'node:timers/promises'
import { decodeFeedCursor, type FeedPlace } from '../src/feed/feed-cursor.ts'
import type { Cast } from './cast-of-chaos.ts'
import type { Caller, PhoneNetwork } from './phone.ts'

/** What one live client was told of, from the first cursor that it was given. */
export interface HeardLive {
  /** Whose cases it may see: those of this area and of all below. */
  readonly areaCode: string
  /** From where on nothing may be missing; undefined before the first cursor. */
  from: FeedPlace | undefined
  /** The place of the last event or beat that it got. */
  to: FeedPlace | undefined
  /** How often each event was told, by stream and number. */
  readonly told: Map<string, number>
  /** Times that it was cut off and came back. */
  returns: number
  /** Times that it was told to load everything afresh, because what it had missed could not be told. */
  resets: number
}

export interface LiveReaders {
  readonly heard: readonly HeardLive[]
  /** Lets them read on until they were told of everything that is there, for some seconds at the most. */
  stop(): Promise<void>
}

/** Of the whole city: one for each process of the API. */
const cityReaders = 2
/** Districts of which the desks of one community and of its street listen, too. */
const deskPlacesMax = 2
/** Streams say something every 15 s at the latest. */
const silenceMaxMs = 40_000
const pauseMs = 300
/** The feed is read four times a second; what is held up by a transaction, a few seconds later. */
const lastWordsMs = 8_000

/**
 * Listens to the boards of the whole city, of streets and of communities, over all processes of the API, through every fault:
 * whoever is cut off comes back with the id of the last event, to any process.
 */
export function startLiveReaders(network: PhoneNetwork, cast: Cast): LiveReaders {
  const stopping = new AbortController()
  const ending = AbortSignal.any([stopping.signal, network.signal])
  const readers = listenersOf(cast).map(({ caller, areaCode }) => {
    const one: HeardLive = {
      areaCode,
      from: undefined,
      to: undefined,
      told: new Map(),
      returns: 0,
      resets: 0,
    }
    return { caller, one }
  })

  async function read({ caller, one }: (typeof readers)[number], index: number): Promise<void> {
    let lastId: string | undefined
    for (let turn = index; !ending.aborted; turn += 1) {
      const address = network.addresses[turn % network.addresses.length] ?? network.addresses[0]
      const silent = new AbortController()
      let timer: NodeJS.Timeout | undefined
      const listen = (): void => {
        clearTimeout(timer)
        timer = setTimeout(() => silent.abort(), silenceMaxMs)
      }
      listen()
      try {
        const response = await fetch(`${address}/v1/board/live`, {
          headers: {
            authorization: `Bearer ${caller.token}`,
            ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
          },
          signal: AbortSignal.any([ending, silent.signal]),
        })
        if (response.ok && response.body !== null) {
          const decoder = new TextDecoder()
          let rest = ''
          for await (const piece of response.body) {
            listen()
            const blocks = `${rest}${decoder.decode(piece, { stream: true })}`.split('\n\n')
            rest = blocks.pop() ?? ''
            for (const block of blocks) lastId = note(one, block) ?? lastId
          }
        } else await response.body?.cancel()
      } catch {
        // It is cut off: it comes back with what it had heard last.
      } finally {
        clearTimeout(timer)
      }
      if (ending.aborted) return
      one.returns += 1
      await wait(pauseMs)
    }
  }
  const reading = readers.map((reader, index) => read(reader, index))

  return {
    heard: readers.map(({ one }) => one),
    async stop() {
      await wait(lastWordsMs, undefined, { signal: network.signal }).catch(() => undefined)
      stopping.abort()
      await Promise.all(reading)
    },
  }
}

/** Who listens: auditors of the city, and desks of places in different districts, one in each. */
function listenersOf({
  auditor,
  cityCode,
  neighbourhoods,
}: Cast): { readonly caller: Caller; readonly areaCode: string }[] {
  const ofDistricts = new Map(neighbourhoods.map((place) => [place.communityCode.slice(0, 6), place]))
  const places = [...ofDistricts.values()].slice(0, deskPlacesMax)
  return [
    ...Array.from({ length: cityReaders }, () => ({ caller: auditor, areaCode: cityCode })),
    ...places.flatMap(({ street, streetCode, community, communityCode }) => [
      { caller: street, areaCode: streetCode },
      { caller: community, areaCode: communityCode },
    ]),
  ]
}

/** Notes one event of a stream and returns its id. */
function note(one: HeardLive, block: string): string | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
  const id = field('id')
  const place = decodeFeedCursor(id ?? '')?.place
  if (id === undefined || place === undefined) return undefined
  const type = field('event')
  // Only what nobody could be told any more begins anew; where areas have changed, everything was told.
  if (type === 'reset' && !block.includes('areas_changed')) {
    one.resets += 1
    one.from = place
    one.told.clear()
  } else if (type !== undefined && type !== 'ready' && type !== 'reset') {
    const name = `${place.stream} ${place.seq}`
    one.told.set(name, (one.told.get(name) ?? 0) + 1)
  }
  one.from ??= place
  one.to = place
  return id
}
