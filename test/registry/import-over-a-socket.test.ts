import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { unitRegistry } from '../../src/units/unit-registry.ts'
import { unitRoutes } from '../../src/units/unit-routes.ts'
import { openHttpServer } from '../http/open-http-server.ts'
import { createWorld } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'
import { routeDependencies } from './registry-api.ts'

t.test('a file comes in as it is sent', async (t) => {
  const world = await createWorld(t)
  const { app } = await openHttpServer(t, {
    routes: [unitRoutes(routeDependencies({ db: world.db, readClock: world.clock.read }))],
    authenticate: async () => worldActors.administrator,
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = `http://127.0.0.1:${port}/v1/units/import`
  const headers = { authorization: 'x', 'content-type': 'text/csv' }
  const header = `${unitRegistry.file.columns.required.join(',')}\n`

  await t.test('and a large one is stored', async (t) => {
    const rows = Array.from(
      { length: 5_000 },
      (_, no) => `u-${no},第${no}物业服务站,property_company,${huangshi.street}\n`,
    )
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': 'large' },
      body: header + rows.join(''),
    })
    t.match(await response.json(), { rows: 5_000, changed: { added: 5_000 } })
    const { events } = await world.db
      .selectFrom('events')
      .select((eb) => eb.fn.countAll<number>().as('events'))
      .where('stream', '=', 'units')
      .executeTakeFirstOrThrow()
    t.equal(events, 11, 'no event holds more than 500 rows')
  })

  await t.test('and whoever sends too much is told so before they are through', async (t) => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    const ended = once(socket, 'close')
    socket.write(
      `POST /v1/units/import HTTP/1.1\r\nhost: x\r\nauthorization: x\r\nidempotency-key: k\r\ncontent-type: text/csv\r\n` +
        `content-length: ${64 * 1024 * 1024}\r\n\r\n`,
    )
    const line = `u,${'长'.repeat(50)},department,${huangshi.street}\n`
    const megabyte = line.repeat(Math.ceil((1024 * 1024) / Buffer.byteLength(line)))
    socket.write(header)
    for (let sent = 0; sent < 6; sent++) socket.write(megabyte)
    await ended
    t.match(answer, /^HTTP\/1\.1 422 /)
    t.match(answer, /More than 20000 rows/)
    t.match(answer.toLowerCase(), 'connection: close')
  })
})
