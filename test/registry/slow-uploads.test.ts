import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import type { Actor } from '../../src/domain/actor.ts'
import { changeRoutes } from '../../src/registry/registry-routes.ts'
import { unitCode, unitFacts } from '../../src/units/unit-file.ts'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { routeDependencies } from './registry-api.ts'

const header = `${unitRegistry.file.columns.required.join(',')}\n`
const rowOf = (code: string) => `${code},第一物业服务站,property_company,${huangshi.street}\n`

/** The import of units, where a client that sends next to nothing is waited for a fifth of a second. */
async function openImports(t: Test) {
  const { db, clock } = await createWorld(t)
  const dependencies = routeDependencies({ db, readClock: clock.read })
  const { app } = await openHttpServer(t, {
    routes: [
      (app) =>
        changeRoutes(app, {
          ...dependencies,
          registry: unitRegistry,
          singular: 'unit',
          titles: { one: 'a unit', all: 'units', zh: '单位', retireZh: '停用' },
          key: unitCode,
          body: unitFacts,
          rowOf: (code) => ({ code }),
          uploadPace: { graceMs: 200, bytesPerSecond: 10_000 },
        }),
    ],
    authenticate: async (authorization): Promise<Actor> => ({
      ...worldActors.administrator,
      id: authorization ?? '',
    }),
    // The server's own limit for a whole request is not what frees the place here.
    timeouts: { headersMs: 5_000, requestMs: 0, idleRequestMs: 0, keepAliveMs: 5_000, checkMs: 50 },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  let key = 0
  const headOf = (by: string) => {
    key += 1
    return { authorization: by, 'content-type': 'text/csv', 'idempotency-key': `key-${key}` }
  }
  return {
    /** Begins a file of a megabyte, and sends a byte of it again and again until there is an answer. */
    async drip(by: string, everyMs = 10): Promise<{ answer: Promise<string> }> {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      let answer = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text
      })
      socket.on('error', () => undefined)
      const head = Object.entries({ host: 'x', 'content-length': '1000000', ...headOf(by) })
      socket.write(
        `POST /v1/units/import HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${header}`,
      )
      const dripping = setInterval(() => socket.write('x'), everyMs)
      const closed = once(socket, 'close').then(() => {
        clearInterval(dripping)
        return answer
      })
      t.teardown(() => socket.destroy())
      return { answer: closed }
    },
    async send(by: string, body: string) {
      const response = await fetch(`http://127.0.0.1:${port}/v1/units/import`, {
        method: 'POST',
        headers: headOf(by),
        body,
      })
      return { status: response.status, text: await response.text() }
    },
  }
}

t.test('whoever sends a file too slowly loses the place to others', async (t) => {
  const { drip, send } = await openImports(t)
  const slow = await Promise.all(['a', 'a', 'b', 'b'].map((by) => drip(by)))
  for (const { answer } of slow) {
    const text = await answer
    t.match(text, /^HTTP\/1\.1 408 /)
    t.match(text, '"code":"request_timeout"')
    t.match(text.toLowerCase(), 'connection: close')
  }
  const { status, text } = await send('c', `${header}${rowOf('u-1')}`)
  t.equal(status, 200, text)
})

t.test('nobody takes all places alone, and who finds none is told to come back', async (t) => {
  const { drip, send } = await openImports(t)
  const own = [await drip('a'), await drip('a')]
  let statuses = ''
  for (let no = 0; !statuses.includes('503') && no < 50; no += 1)
    statuses += `${(await send('a', `${header}${rowOf(`a-${no}`)}`)).status} `
  t.match(statuses, '503', 'a third file of one caller has to wait')
  t.equal((await send('b', `${header}${rowOf('b-1')}`)).status, 200, 'others have their places')
  await Promise.all(own.map(({ answer }) => answer))
  t.equal((await send('a', `${header}${rowOf('a-last')}`)).status, 200)
})
