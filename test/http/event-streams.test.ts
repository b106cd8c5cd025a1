import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { SignJWT } from 'jose'
import t, { type Test } from 'tap'
import { type EventStream, eventText, openEventStream } from '../../src/http/event-stream.ts'
import { createEventStreams } from '../../src/http/event-streams.ts'
import { createLifecycle, drain } from '../../src/http/lifecycle.ts'
import { Problem } from '../../src/http/problems/problem.ts'
import { listenTo } from '../feed/live-api.ts'
import { openHttpServer } from './open-http-server.ts'

const actor = { id: 'worker-1', role: 'grid_worker', areaCode: '420202007003-001' } as const
const START = Date.UTC(2026, 10, 20, 1)

/** A server with one stream of events, and a clock that the test moves. */
async function openStreams(t: Test, times?: { beatMs: number; lifetimeMaxMs: number }) {
  let now = START
  const lifecycle = createLifecycle()
  let refusal: Error | undefined
  const authenticate = async () => {
    if (refusal !== undefined) throw refusal
    return actor
  }
  const streams = createEventStreams({
    lifecycle,
    authenticate,
    now: () => now,
    ...(times === undefined ? {} : { times }),
  })
  const opened: EventStream[] = []
  const { app } = await openHttpServer(t, {
    routes: [
      (app) => {
        app.get('/v1/stream', { config: { access: { roles: ['grid_worker'] } } }, (request, reply) => {
          opened.push(streams.open(request, reply, () => 'here'))
          return reply
        })
      },
    ],
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return {
    streams,
    lifecycle,
    opened,
    port: address.port,
    url: `http://127.0.0.1:${address.port}/v1/stream`,
    advance: (ms: number) => {
      now += ms
    },
    refuse: (error: Error) => {
      refusal = error
    },
  }
}

function tokenUntil(at: number): Promise<string> {
  return new SignJWT({ sub: 'worker-1' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(at / 1000)
    .sign(Buffer.alloc(32))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

t.test('a stream begins at once, and holds its events as they were sent', async (t) => {
  const { url, opened } = await openStreams(t)
  const client = await listenTo(url, {})
  t.match(client.headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  const data = { text: '消防通道\n已疏通：\r\n谢谢', number: '420202-20261120-7K3QX9TD' }
  opened[0]?.send(eventText({ id: 'a', event: 'closed', data }))
  t.match(await client.until(1), [{ id: 'a', event: 'closed', data }])
  opened[0]?.end()
  await client.ended
})

t.test('a stream on which nothing happens beats, and its client’s place goes on', async (t) => {
  const { url, advance } = await openStreams(t)
  const client = await listenTo(url, {})
  await until(() => client.text !== '')
  // When another one has ended by its token, this one has been looked at, too.
  const other = await listenTo(url, { authorization: `Bearer ${await tokenUntil(START + 14_000)}` })
  advance(14_000)
  await other.ended
  t.notMatch(client.text, /^:/m)
  advance(1_000)
  await until(() => client.lastEventId === 'here')
  t.match(client.text, /\n:\nid: here\n\n$/)
  t.same(client.events, [], 'and it is no event')
  client.leave()
})

t.test('a stream ends with the token that opened it, and after a quarter of an hour', async (t) => {
  const { url, advance, streams } = await openStreams(t)
  const bearing = async (until: number) =>
    listenTo(url, { authorization: `Bearer ${await tokenUntil(until)}` })
  const [shortest, short] = [await bearing(START + 59_000), await bearing(START + 60_000)]
  const long = await listenTo(url, { authorization: 'Bearer opaque' })
  t.equal(streams.size, 3)
  advance(59_000)
  await shortest.ended
  t.equal(streams.size, 2)
  advance(1_000)
  await short.ended
  t.equal(streams.size, 1)
  advance(14 * 60_000)
  await long.ended
  await until(() => streams.size === 0)
})

t.test(
  'a stream ends where its listener may not act any more, and not where that cannot be told',
  async (t) => {
    const { url, advance, refuse } = await openStreams(t)
    const client = await listenTo(url, {})
    refuse(new Problem('database_unavailable'))
    advance(15_000)
    await until(() => client.lastEventId === 'here')
    const other = await listenTo(url, {})
    await until(() => other.text !== '')
    refuse(new Problem('person_not_active'))
    advance(15_000)
    await Promise.all([client.ended, other.ended])
  },
)

t.test('a client that does not read is let go, and what it left unread does not grow', async (t) => {
  const { port, opened, streams } = await openStreams(t)
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {}).pause()
  socket.write('GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n')
  await until(() => opened.length === 1)
  const text = eventText({ id: 'a', event: 'urged', data: { text: '请尽快到场。'.repeat(500) } })
  let sent = 0
  for (; opened[0]?.closed === false && sent < 10_000; sent += 1) {
    opened[0].send(text)
    if (sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  // What the kernel takes for a socket that nobody reads is some megabytes.
  t.ok(opened[0]?.closed, `let go after ${sent} events`)
  t.equal(streams.size, 0)
  socket.destroy()
})

t.test('who has much to tell waits until the client has read it, and not for ever', async (t) => {
  const opened: EventStream[] = []
  const { app } = await openHttpServer(t, {
    routes: [
      (app) => {
        app.get('/v1/stream', { config: { access: 'public' } }, (_request, reply) => {
          opened.push(openEventStream(reply, 300))
          return reply
        })
      },
    ],
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const piece = eventText({ id: 'a', event: 'urged', data: { text: '请尽快到场。'.repeat(5_000) } })
  const client = await listenTo(`http://127.0.0.1:${port}/v1/stream`, {})
  for (let sent = 1; sent <= 100; sent += 1) {
    opened[0]?.send(piece)
    await opened[0]?.drained()
  }
  t.equal((await client.until(100)).length, 100, 'nine megabytes, and the client was not let go')
  t.notOk(opened[0]?.closed)
  client.leave()
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => {}).pause()
  socket.write('GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n')
  await until(() => opened.length === 2)
  let pieces = 0
  for (; opened[1]?.closed === false && pieces < 1_000; pieces += 1) {
    opened[1].send(piece)
    await opened[1].drained()
  }
  t.ok(opened[1]?.closed, `who reads nothing is let go, after ${pieces} pieces`)
  socket.destroy()
})

t.test(
  'a stream that has ended says no more, and waits for who does not read, but not for ever',
  async (t) => {
    const opened: { stream: EventStream; answer: ServerResponse }[] = []
    const { app, lines } = await openHttpServer(t, {
      routes: [
        (app) => {
          app.get('/v1/stream', { config: { access: 'public' } }, (_request, reply) => {
            opened.push({ stream: openEventStream(reply, 300), answer: reply.raw })
            return reply
          })
        },
      ],
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const address = app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {}).pause()
    socket.write('GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n')
    await until(() => opened.length === 1)
    const [one] = opened
    if (one === undefined) throw new Error('No stream was opened')
    const { stream, answer } = one
    // Until the kernel has taken all that it takes for a socket that nobody reads.
    for (let full = 0; full < 5 && !stream.closed; full = answer.writableNeedDrain ? full + 1 : 0) {
      stream.send(eventText({ id: 'a', event: 'urged', data: { text: '请尽快到场。'.repeat(1_000) } }))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    t.notOk(stream.closed)
    stream.end()
    stream.end()
    stream.send(eventText({ id: 'b', event: 'urged', data: {} }))
    stream.beat('c')
    await new Promise((resolve) => setImmediate(resolve))
    t.notOk(stream.closed, 'what was sent before may still be read')
    await until(() => stream.closed)
    socket.destroy()
    t.notMatch(lines.join('\n'), /EOF/, 'nothing was written after the end')
  },
)

t.test('a client that leaves, and one that asks for the head alone, leave nothing behind', async (t) => {
  const { url, streams, opened } = await openStreams(t)
  const client = await listenTo(url, {})
  client.leave()
  await until(() => streams.size === 0)
  opened[0]?.send('data: late\n\n')
  const head = await fetch(url, { method: 'HEAD' })
  t.match(head.headers.get('content-type'), 'text/event-stream')
  await until(() => streams.size === 0)
  t.equal(opened.length, 2)
})

t.test('streams end before a process waits for its requests', async (t) => {
  const { url, lifecycle, streams } = await openStreams(t)
  const clients = await Promise.all([1, 2, 3].map(() => listenTo(url, {})))
  await drain(lifecycle, 5_000)
  await Promise.all(clients.map(({ ended }) => ended))
  t.equal(streams.size, 0)
  t.equal((await listenTo(url, {})).status, 503)
})
