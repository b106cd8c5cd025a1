import t from 'tap'
import { askOf } from '../../chaos/checks/asked-by-events.ts'
import { counterpartEvents, timerEvents } from '../../src/domain/event.ts'

const base = { seq: 1, order: 1, at: 0, trueAt: 0, actor: null, occurredAt: null }
const changes = { state: 'received', started: [], settled: [], fulfilled: [], assigned: [], endedBy: null }

t.test('nobody is said to have asked for what happens by itself', async (t) => {
  for (const type of ['report_received', 'deadline_breached', ...timerEvents, ...counterpartEvents])
    t.equal(askOf({ ...base, type, changes }), undefined, type)
  t.throws(() => askOf({ ...base, type: 'invented', changes }), /Nobody knows/)
})
