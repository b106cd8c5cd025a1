import t from 'tap'
import { createApiWorld } from '../incidents/api-world.ts'
import { worldActors } from '../support/world-actors.ts'

const cursorOf = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url')

t.test('a forged cursor beyond what the database can compare is refused by name', async (t) => {
  const { report, call } = await createApiWorld(t)
  const { body } = await report()
  const id = body.incidentId
  const breaches = (dueAt: number) =>
    call(worldActors.district, 'GET', `/v1/audit/breaches?cursor=${cursorOf([dueAt, id, 1])}`)
  t.equal((await breaches(Date.UTC(9999, 11, 31))).status, 200)

  const refused = [
    await breaches(Date.UTC(10_000, 0, 1)),
    await breaches(8.64e15),
    await call(worldActors.district, 'GET', `/v1/incidents/${id}/timeline?cursor=${cursorOf(2 ** 31)}`),
    await call(
      worldActors.administrator,
      'GET',
      `/v1/policies?cursor=${cursorOf({ code: 'a', version: 2 ** 31 })}`,
    ),
  ]
  for (const answer of refused) {
    t.equal(answer.status, 400)
    t.same(
      answer.body.errors.map(({ pointer }) => pointer),
      ['cursor'],
    )
  }
})
