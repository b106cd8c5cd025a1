import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'

/** One server-sent event (WHATWG HTML, 9.2). Nothing in it may hold a line break but what JSON has escaped. */
export interface ServerSentEvent {
  readonly id: string
  readonly event: string
  readonly data: object
}

/** What a client may leave unread, in bytes: some thousand events. Beyond it the client is gone or too slow. */
const unreadMaxBytes = 256 * 1024
/** What may be on its way before more of something long is made ready. */
const aheadMaxBytes = 64 * 1024
/** Whoever has not read that much for so long is gone or too slow. */
const readWithinMs = 30_000
/** How often it is looked at how much is unread, because a socket does not say when it is half empty. */
const lookMs = 25
/** Clients wait so long before they come back, each another time, because a process that ends sends all of them away at once. */
const retryMs = { min: 1_000, spread: 4_000 }

/** An answer that goes on. It closes once: by `end`, because its client is gone, or because the client does not read. */
export interface EventStream {
  send(text: string): void
  /**
   * Waits until the client has read most of what it was sent, or is gone, which it is after half a minute in which it read too
   * little. Whoever has much to tell waits between the pieces.
   */
  drained(): Promise<void>
  /** Says nothing, and keeps the connection and the client's place. */
  beat(id: string | undefined): void
  /** Sends nothing any more but what was sent already, which the client has half a minute to read. */
  end(): void
  /** Has a listener called when it is over, whoever ended it. */
  whenClosed(listener: () => void): void
  readonly closed: boolean
}

export function eventText({ id, event, data }: ServerSentEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/**
 * Begins to answer with a stream of events. Fastify sends the head with the first of them, and closes the rest.
 *
 * @param readMs how long a client may take to read what it was sent; another one in tests
 */
export function openEventStream(reply: FastifyReply, readMs = readWithinMs): EventStream {
  const listeners: (() => void)[] = []
  let closed = false
  let ended = false
  const content = new Readable({ read() {} })
  const over = () => {
    if (closed) return
    closed = true
    content.destroy()
    for (const listener of listeners) listener()
  }
  content.on('close', over)
  // The answer to a HEAD, and one whose client has left, end without the content's knowing.
  reply.raw.on('close', over)
  reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store')
    // Proxies that gather an answer before they pass it on would hold every event back.
    .header('x-accel-buffering', 'no')
    .send(content)
  const unread = () => content.readableLength + reply.raw.writableLength
  content.push(`retry: ${Math.round(retryMs.min + Math.random() * retryMs.spread)}\n\n`)
  return {
    send(text) {
      if (closed || ended) return
      if (unread() > unreadMaxBytes) over()
      else content.push(text)
    },
    async drained() {
      for (let waited = 0; !closed && unread() > aheadMaxBytes; waited += lookMs) {
        if (waited >= readMs) over()
        else await wait(lookMs)
      }
    },
    beat(id) {
      this.send(id === undefined ? ':\n\n' : `:\nid: ${id}\n\n`)
    },
    end() {
      if (closed || ended) return
      ended = true
      content.push(null)
      // Whoever does not read what is left would keep their place for as long as the connection lives.
      const tooLate = setTimeout(over, readMs)
      listeners.push(() => clearTimeout(tooLate))
    },
    whenClosed(listener) {
      if (closed) listener()
      else listeners.push(listener)
    },
    get closed() {
      return closed
    },
  }
}
