import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type MomentWatch, watchMoments } from './transaction-moments.ts'

/** What becomes of the bytes: they pass, they pass late, or they vanish while both ends believe in the connection. */
type Flow =
  | { readonly kind: 'pass' }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'swallow' }

/** A TCP proxy before one server for one program, whose faults can be had at will. */
export interface FaultyProxy {
  readonly port: number
  /** Breaks every connection now; returns how many there were. New ones pass. */
  cut(): number
  /** Delays every byte, either way. */
  slow(ms: number): void
  /**
   * Swallows everything, of connections that are there and of new ones, and never says so. A connection that was swallowed
   * once stays silent for ever, as one does whose router forgot it; its client has to find out by itself.
   */
  swallow(): void
  /** Lets bytes pass again. */
  pass(): void
  /** The next moments of the program's transactions; only before Postgres. */
  readonly moments: MomentWatch
  close(): Promise<void>
}

interface Link {
  readonly client: Socket
  readonly server: Socket
  silenced: boolean
}

/** Listens on a free port of 127.0.0.1 and passes everything on to a port of it. */
export async function openFaultyProxy(targetPort: number): Promise<FaultyProxy> {
  const links = new Set<Link>()
  const moments = watchMoments()
  let flow: Flow = { kind: 'pass' }

  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1')
    const link: Link = { client, server, silenced: false }
    links.add(link)
    const end = (): void => {
      links.delete(link)
      client.destroy()
      server.destroy()
    }
    const watched = moments.open()
    for (const [from, to, judge] of [
      [client, server, watched.fromClient],
      [server, client, watched.fromServer],
    ] as const) {
      from.setNoDelay(true)
      from.on('error', () => undefined)
      from.on('data', (bytes) => {
        if (flow.kind === 'swallow') link.silenced = true
        if (link.silenced) return
        const verdict = judge(bytes)
        if (verdict === 'cut') return end()
        if (flow.kind === 'late') setTimeout(() => to.writable && to.write(bytes), flow.ms)
        else to.write(bytes)
        if (verdict === 'forward_and_cut') {
          // Half a close: what was written still gets there, and nothing comes back.
          to.end()
          from.destroy()
        }
      })
      // Whoever is at the other end of a silenced connection is not told that this end has gone.
      from.on('close', () => {
        if (flow.kind === 'swallow') link.silenced = true
        if (!link.silenced || (client.destroyed && server.destroyed)) end()
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has a port')

  const cut = (): number => {
    const { size } = links
    for (const { client, server } of links) {
      client.destroy()
      server.destroy()
    }
    links.clear()
    return size
  }
  return {
    port: address.port,
    cut,
    slow(ms) {
      flow = { kind: 'late', ms }
    },
    swallow() {
      flow = { kind: 'swallow' }
      for (const link of links) link.silenced = true
    },
    pass() {
      flow = { kind: 'pass' }
      // A server's end whose client has gone, or gave up, need not be kept any longer.
      for (const link of links) if (link.client.destroyed) link.server.destroy()
    },
    moments,
    async close() {
      listener.close()
      cut()
      await once(listener, 'close')
    },
  }
}
