import t from 'tap'
import { faultWindows } from '../../chaos/checks/fault-windows.ts'
import { measureLateness } from '../../chaos/checks/lateness.ts'
import { both, longestOutside, merged, overlapping } from '../../chaos/checks/windows.ts'
import type { FaultRecord } from '../../chaos/fault-log.ts'
import { createWorld } from '../support/world.ts'

t.test('spans of time are merged, intersected and cut out', async (t) => {
  const spans = merged([
    { from: 5, until: 9 },
    { from: 0, until: 3 },
    { from: 2, until: 4 },
  ])
  t.same(spans, [
    { from: 0, until: 4 },
    { from: 5, until: 9 },
  ])
  t.same(both(spans, [{ from: 3, until: 6 }]), [
    { from: 3, until: 4 },
    { from: 5, until: 6 },
  ])
  t.same(overlapping(spans, { from: 9, until: 12 }), [{ from: 5, until: 9 }])
  t.same(longestOutside({ from: 0, until: 20 }, spans), { from: 9, until: 20 })
  t.same(longestOutside({ from: 6, until: 8 }, spans), { from: 6, until: 6 }, 'covered from end to end')
})

const calm = { outages: [], stalls: [], busy: [] }

/** A fault that went on from 1 s to 5 s after 2026. */
function fault(kind: FaultRecord['kind'], target: FaultRecord['target']): FaultRecord {
  const start = Date.UTC(2026, 0, 1)
  return {
    atMs: 0,
    kind,
    target,
    forMs: 0,
    byMs: 0,
    from: start + 1_000,
    until: start + 5_000,
    missed: null,
    stuck: null,
  }
}

t.test('a worker that is down excuses nothing while the other one is up', async (t) => {
  const one = faultWindows([fault('kill', 'deadlines-1')], calm)
  t.same(one.nobody, [])
  t.equal(one.killed.length, 1)
  const two = faultWindows([fault('kill', 'deadlines-1'), fault('stop', 'deadlines-2')], calm)
  t.equal(two.nobody.length, 1)
  t.same(faultWindows([{ ...fault('kill', 'deadlines-1'), missed: 'down' }], calm).killed, [])
})

t.test('the lateness of each breach is held against what was going on', async (t) => {
  const world = await createWorld(t)
  const { incidentId } = await world.submit()
  world.clock.advance(10 * 60_000 + 5_000)
  await world.settle()
  const due = await world.db.selectFrom('breaches').select('due_at').executeTakeFirstOrThrow()
  const around = { from: due.due_at, until: due.due_at + 5_000 }
  const none = { nobody: [], killed: [], tickless: [], held: [], frozen: [], busy: [] }
  const none_aside = new Set<string>()

  const quiet = await measureLateness(world.db, none, none_aside)
  t.match(quiet.classes.quiet, { breaches: 1, maxMs: 5_000, late: 1 })
  t.match(quiet.late, { count: 1, first: [new RegExp(incidentId)] })

  const killed = await measureLateness(world.db, { ...none, killed: [around] }, none_aside)
  t.equal(killed.late.count, 1, 'a killed worker’s work is taken over within 3 s')
  const tickless = await measureLateness(world.db, { ...none, tickless: [around] }, none_aside)
  t.match(tickless.classes.tickless, { breaches: 1, maxMs: 5_000, late: 0 }, 'without Redis there are 6 s')
  const outage = { from: due.due_at, until: due.due_at + 4_000 }
  const excused = await measureLateness(world.db, { ...none, nobody: [outage] }, none_aside)
  t.match(excused, { excused: 1, late: { count: 0 }, classes: { quiet: { maxMs: 1_000 } } })
  const busy = await measureLateness(world.db, { ...none, busy: [around] }, none_aside)
  t.match(busy, { late: { count: 0 }, classes: { machine_busy: { breaches: 1, maxMs: 5_000 } } })
  t.equal((await measureLateness(world.db, none, new Set([incidentId]))).classes.quiet.breaches, 0)
})
