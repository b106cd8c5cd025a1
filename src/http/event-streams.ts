import type { FastifyReply, FastifyRequest } from 'fastify'
import { decodeJwt } from 'jose'
import type { Authenticate } from './authentication/authentication.ts'
import { type EventStream, openEventStream } from './event-stream.ts'
import type { Lifecycle } from './lifecycle.ts'
import { Problem } from './problems/problem.ts'

/** A desk has a few windows open; a process serves some hundred desks. */
const perCallerMax = 10
const perProcessMax = 1_000
/**
 * Within this time load balancers give up on a silent connection, and so does our own server (http-server.ts). As often it is
 * asked whether the listener still may act.
 */
const beatMs = 15_000
/** Whoever listens longer shows their token again, as a client that was cut off does. */
const lifetimeMaxMs = 15 * 60_000
/** How soon a stream notices that the process stops or that its time is over. */
const checkMs = 250
const retryAfterSeconds = 5

export interface EventStreams {
  /**
   * Opens a stream for whoever sends the request. It ends with their token, soon after they may not act any more, with the
   * process, and after 15 minutes; the client then comes back by itself.
   *
   * @param place the id under which a client that has seen everything so far can come back
   * @throws Problem `busy` where the caller, or all together, have as many as they may
   */
  open(request: FastifyRequest, reply: FastifyReply, place: () => string | undefined): EventStream
  readonly size: number
}

export interface EventStreamOptions {
  readonly lifecycle: Pick<Lifecycle, 'stopping'>
  /** Refuses whoever may not act any more, as it does their requests. */
  readonly authenticate: Authenticate
  /** Reads the wall clock, in ms, by which tokens expire; another one in tests. */
  readonly now?: () => number
  /** Shorter ones, for tests. */
  readonly times?: { readonly beatMs: number; readonly lifetimeMaxMs: number }
}

interface OpenStream {
  readonly stream: EventStream
  readonly callerId: string
  readonly authorization: string | undefined
  readonly until: number
  readonly place: () => string | undefined
  beatAt: number
}

/** Keeps the streams of a process: how many there are, that they beat, and when they end. */
export function createEventStreams({
  lifecycle,
  authenticate,
  now = Date.now,
  times = { beatMs, lifetimeMaxMs },
}: EventStreamOptions): EventStreams {
  const open = new Set<OpenStream>()
  let timer: NodeJS.Timeout | undefined

  function check(): void {
    const at = now()
    for (const one of open) {
      if (lifecycle.stopping || at >= one.until) one.stream.end()
      else if (at >= one.beatAt) {
        one.beatAt = at + times.beatMs
        one.stream.beat(one.place())
        void endIfRefused(one)
      }
    }
  }

  /** Only a refusal ends it: what cannot be found out just now says nothing about the listener. */
  async function endIfRefused({ stream, authorization }: OpenStream): Promise<void> {
    try {
      await authenticate(authorization)
    } catch (error) {
      if (error instanceof Problem && error.status < 500) stream.end()
    }
  }

  return {
    open(request, reply, place) {
      const callerId = request.actor.id
      const own = [...open].filter((one) => one.callerId === callerId).length
      if (lifecycle.stopping) throw new Problem('shutting_down')
      if (own >= perCallerMax || open.size >= perProcessMax) throw new Problem('busy', { retryAfterSeconds })
      const at = now()
      const { authorization } = request.headers
      const until = Math.min(at + times.lifetimeMaxMs, expiryOf(authorization))
      const stream = openEventStream(reply)
      const one: OpenStream = { stream, callerId, authorization, until, place, beatAt: at + times.beatMs }
      open.add(one)
      timer ??= setInterval(check, checkMs)
      stream.whenClosed(() => {
        open.delete(one)
        if (open.size > 0) return
        clearInterval(timer)
        timer = undefined
      })
      return stream
    },
    get size() {
      return open.size
    },
  }
}

/** When the token ends by which the request was let in: it has been verified, so that nothing of it has to be proven again. */
function expiryOf(authorization: string | undefined): number {
  try {
    const { exp } = decodeJwt((authorization ?? '').replace(/^Bearer +/i, ''))
    return exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
