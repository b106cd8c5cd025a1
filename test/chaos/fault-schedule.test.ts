import t from 'tap'
import { faultKinds } from '../../chaos/fault-kinds.ts'
import { planFaults } from '../../chaos/fault-schedule.ts'

const machine = { redis: true, appClocks: true } as const

t.test('the same seed plans the same faults, another seed others', async (t) => {
  const options = { ...machine, seed: '7', minutes: 5 }
  t.same(planFaults(options), planFaults(options))
  t.not(planFaults(options).digest, planFaults({ ...options, seed: '8' }).digest)
  t.match(planFaults(options).digest, /^[0-9a-f]{64}$/)
})

t.test('an hour plans 300 kills and more, 60 of them of all Postgres, whatever the seed', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { faults } = planFaults({ ...machine, seed: String(seed), minutes: 60 })
    const kills = faults.filter(({ kind }) => kind === 'kill')
    t.ok(kills.length >= 330, `${kills.length} kills of seed ${seed}`)
    t.ok(kills.filter(({ target }) => target === 'postgres').length >= 66, `of Postgres, seed ${seed}`)
  }
})

t.test('two minutes hold every kind of fault but few, and several kills of Postgres', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { faults } = planFaults({ ...machine, seed: String(seed), minutes: 2 })
    const kinds = new Set(faults.map(({ kind }) => kind))
    t.same(
      Object.keys(faultKinds).filter((kind) => !kinds.has(kindOf(kind))),
      [],
      `seed ${seed}`,
    )
    t.ok(faults.filter(({ kind, target }) => kind === 'kill' && target === 'postgres').length >= 2)
  }
})

t.test('no fault outlasts the run, and some processes stand still for ten seconds and more', async (t) => {
  const { faults } = planFaults({ ...machine, seed: '3', minutes: 60 })
  t.same(
    faults.filter(({ atMs, forMs }) => atMs + forMs > 60 * 60_000),
    [],
  )
  t.ok(faults.filter(({ kind, forMs }) => kind === 'stop' && forMs >= 10_000).length > 5)
  t.ok(faults.some(({ kind, forMs }) => kind === 'redis_gone' && forMs >= 60_000))
})

t.test('without Redis or libfaketime their faults are left out, and nothing else changes', async (t) => {
  const options = { seed: '5', minutes: 10 }
  const all = planFaults({ ...options, ...machine }).faults
  const less = planFaults({ ...options, redis: false, appClocks: false }).faults
  t.notOk(
    less.some(({ kind, target }) => kind.includes('redis') || target === 'redis' || kind === 'app_clock'),
  )
  t.same(
    all.filter((fault) => less.some((kept) => kept.atMs === fault.atMs && kept.kind === fault.kind)),
    less,
  )
})

function kindOf(name: string): keyof typeof faultKinds {
  const kind = Object.keys(faultKinds).find((each): each is keyof typeof faultKinds => each === name)
  if (kind === undefined) throw new Error(`${name} is no kind of fault`)
  return kind
}
