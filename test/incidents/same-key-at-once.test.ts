import t from 'tap'
import { worldActors } from '../support/world-actors.ts'
import { createApiWorld } from './api-world.ts'

t.test('an action that is sent again while it is being carried out gets its own answer', async (t) => {
  const { report, act } = await createApiWorld(t)
  const cases = [
    ['report-up', worldActors.gridWorker, {}],
    ['settle', worldActors.community, {}],
    ['reject', worldActors.community, {}],
    ['whistle', worldActors.community, {}],
    ['arrive', worldActors.gridWorker, {}],
    ['feedback', worldActors.community, { 'if-match': '"1"' }],
  ] as const
  for (const [action, by, headers] of cases) {
    const { body } = await report()
    const key = `again-${action}`
    const send = () => act(body.incidentId, by, action, undefined, { key, headers })
    const answers = await Promise.all([send(), send(), send(), send(), send()])
    t.same(
      answers.map(({ status }) => status),
      answers.map(() => 200),
      action,
    )
    t.equal(new Set(answers.map(({ text }) => text)).size, 1, 'all the same bytes')
    t.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1)
    t.same(
      answers.map(({ body }) => body.incident.revision),
      answers.map(() => 2),
    )
  }
})

t.test('another action under the key of one that is being carried out is told so', async (t) => {
  const { report, act } = await createApiWorld(t)
  const { body } = await report()
  const answers = await Promise.all([
    act(body.incidentId, worldActors.community, 'settle', { text: '已处理' }, { key: 'both' }),
    act(body.incidentId, worldActors.community, 'reject', { text: '已处理' }, { key: 'both' }),
  ])
  t.same(answers.map(({ status }) => status).sort(), [200, 422])
  t.ok(answers.some((answer) => answer.body.code === 'idempotency_key_reused'))
})
