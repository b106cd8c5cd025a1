import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { Cast } from './cast-of-chaos.ts'
import { noteStrange } from './ledger.ts'
import type { PhoneNetwork } from './phone.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Now and then: each change of a registry is read anew by every process, and one of areas sends live clients to load afresh. */
const everyMs = { min: 1_500, max: 4_000 } as const
const answerLimitMs = 6_000
/** Rows of each registry that are changed in turn. */
const rowsEach = 20
/** A district in which nobody reports during a run. */
const quietDistrict = '420222000000'

const changed = z.looseObject({
  event: z.looseObject({ stream: z.string(), seq: z.int(), hash: z.string() }).nullable(),
})

interface RegistryRow {
  readonly registry: string
  readonly key: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Changes registries all the while, and writes down what it is told was changed. */
export function startRegistrar(
  network: PhoneNetwork,
  { administrator }: Cast,
  random: SeededRandom,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const ending = AbortSignal.any([stopping.signal, network.signal])

  async function run(): Promise<void> {
    for (let turn = 0; !ending.aborted; turn += 1) {
      await wait(random.within(everyMs.min, everyMs.max), undefined, { signal: ending }).catch(
        () => undefined,
      )
      const row = rowOf(random, turn)
      await ask('PUT', row, '')
      if (random.next() < 0.3) for (const action of ['/retire', '/restore']) await ask('POST', row, action)
    }
  }

  async function ask(
    method: 'PUT' | 'POST',
    { registry, key, body }: RegistryRow,
    action: string,
  ): Promise<void> {
    const address = random.pick(network.addresses)
    const hasBody = method === 'PUT' || registry === 'areas'
    const headers = {
      authorization: `Bearer ${administrator.token}`,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
    }
    try {
      const response = await fetch(`${address}/v1/${registry}/${key}${action}`, {
        method,
        headers,
        ...(hasBody ? { body: JSON.stringify(method === 'PUT' ? body : {}) } : {}),
        signal: AbortSignal.timeout(answerLimitMs),
      })
      const text = await response.text()
      if (response.ok) {
        const { event } = changed.parse(JSON.parse(text))
        if (event !== null) network.ledger.changes.push(event)
      } else if (response.status !== 503 && ![404, 409, 422].includes(response.status))
        noteStrange(network.ledger, `${response.status} to ${method} ${registry}: ${text.slice(0, 200)}`)
    } catch {
      // Nobody was told of anything: the row is changed another time.
    }
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

function rowOf(random: SeededRandom, turn: number): RegistryRow {
  const no = random.below(rowsEach)
  const validFrom = '2026-01-01T00:00:00+08:00'
  return random.pick<RegistryRow>([
    {
      registry: 'units',
      key: `chaos-unit-${no}`,
      body: { name: `应急队 ${turn}`, kind: 'volunteer_team', areaCode: quietDistrict, categoryCodes: null },
    },
    {
      registry: 'people',
      key: `chaos-person-${no}`,
      body: { name: `值班员 ${turn}`, role: 'dispatcher', areaCode: quietDistrict, unitCode: null },
    },
    {
      registry: 'responsibilities',
      key: `chaos-duty-${no}`,
      body: { areaCode: quietDistrict, unitCode: '420222-volunteers', validFrom },
    },
    {
      registry: 'categories',
      key: `chaos_thing_${no}`,
      body: {
        parentCode: null,
        nameZh: `事项 ${turn}`,
        nameEn: `Thing ${turn}`,
        severity: 'low',
        unitKind: 'department',
        admittedFrom: 'community',
      },
    },
    {
      registry: 'areas',
      key: `4202221${String(no).padStart(2, '0')}000`,
      body: { name: `新街道 ${turn}`, kind: 'street', parentCode: quietDistrict },
    },
  ])
}
