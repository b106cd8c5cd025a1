import { z } from 'zod'
import type { EventTable } from '../database/schema.ts'
import { type ExpectedRow, type Fields, fieldsOf } from './row-fields.ts'

/** The streams whose events tell rows of tables. */
export const replayedRegistries = [
  'areas',
  'categories',
  'people',
  'policies',
  'responsibilities',
  'units',
] as const
export type ReplayedRegistry = (typeof replayedRegistries)[number]

/** What the events of a registry make of it. */
export interface RebuiltRegistry {
  readonly registry: ReplayedRegistry
  readonly lastSeq: number
  /** What each row says now, by its key. */
  readonly rows: ReadonlyMap<string, ExpectedRow>
  /** What each row said, by its key and its revision or, for areas, the version of the tree. */
  readonly versions: ReadonlyMap<string, ExpectedRow>
  /** Changes that were filed for later, by their ids. */
  readonly plans: ReadonlyMap<string, ExpectedRow>
  /** What the last event about a person commits to, and how many commitments of earlier ones have lost their salt since. */
  readonly commitments: ReadonlyMap<string, { readonly seq: number; readonly commitment: string }>
  readonly superseded: number
}

const actor = z.looseObject({ id: z.string(), areaCode: z.string().optional() })
const toldRow = z.looseObject({
  code: z.string().optional(),
  subject: z.string().optional(),
  revision: z.int().optional(),
})
const planned = z.looseObject({
  plannedChange: z.uuid(),
  actor,
  effectiveAt: z.int(),
  rows: z.int(),
})
const decided = z.looseObject({ plannedChange: z.uuid() })
const changed = z.looseObject({ planned: z.looseObject({ id: z.uuid() }).optional() })
const policyVersion = z.looseObject({ actor, policy: z.looseObject({ id: z.uuid() }) })

/** An event as its columns and its parsed body have it. */
interface ToldEvent extends Pick<EventTable, 'type' | 'at' | 'seq'> {
  readonly body: object
}

/** Folds a registry's events one by one into the rows that its tables must hold. */
export function rebuildRegistry(registry: ReplayedRegistry): {
  /** @returns why the event cannot follow the ones before it; then nothing can be rebuilt any more */
  add(event: ToldEvent): string | undefined
  result(): RebuiltRegistry
} {
  const rows = new Map<string, ExpectedRow>()
  const versions = new Map<string, ExpectedRow>()
  const plans = new Map<string, ExpectedRow>()
  const commitments = new Map<string, { seq: number; commitment: string }>()
  let superseded = 0
  let lastSeq = 0

  function tellRows({ at, seq, body }: ToldEvent): void {
    const { treeVersion, ...event } = z.looseObject({ treeVersion: z.int().optional() }).parse(body)
    for (const told of z.array(toldRow).parse(event[registry])) {
      const { revision, change: _change, ...facts } = told
      const key = facts.code ?? facts.subject ?? ''
      const { personCommitment, successorCode, ...said } = facts
      const fields = fieldsOf(said)
      if (typeof personCommitment === 'string') {
        const before = commitments.get(key)
        if (before !== undefined && before.commitment !== personCommitment) superseded += 1
        commitments.set(key, { seq, commitment: personCommitment })
      }
      if (registry === 'areas') {
        // Events of the first version name one successor, and history did not keep it.
        const successors: Fields =
          typeof successorCode === 'string' || successorCode === null
            ? { successorCodes: successorCode ?? '' }
            : {}
        rows.set(key, { seq, fields: { ...fields, ...successors, sinceVersion: treeVersion ?? 0 } })
        versions.set(`${key} ${treeVersion}`, { seq, fields: { ...fields, sinceAt: at } })
        continue
      }
      rows.set(key, { seq, fields: revision === undefined ? fields : { ...fields, revision } })
      if (revision !== undefined)
        versions.set(`${key} ${revision}`, { seq, fields: fieldsOf({ since: at, facts }) })
    }
  }

  function decidePlan(id: string, state: string, { at, seq }: ToldEvent): string | undefined {
    const plan = plans.get(id)
    if (plan?.fields.state !== 'planned') return `a plan that waits, and not ${String(plan?.fields.state)}`
    plans.set(id, { seq, fields: { ...plan.fields, state, decidedAt: at } })
    return undefined
  }

  function follow(event: ToldEvent): string | undefined {
    const { type, at, seq, body } = event
    switch (type) {
      case `${registry}_changed`:
        tellRows(event)
        return undefined
      case `${registry}_imported`:
      case `${registry}_amended`: {
        const plan = changed.parse(body).planned
        return plan === undefined ? undefined : decidePlan(plan.id, 'applied', event)
      }
      case `${registry}_change_planned`: {
        const { plannedChange: id, effectiveAt, ...filed } = planned.parse(body)
        const by = {
          withinCode: filed.actor.areaCode ?? null,
          filedBy: filed.actor.id,
          filedAt: at,
          eventSeq: seq,
        }
        const waiting = { state: 'planned', decidedAt: null }
        plans.set(id, { seq, fields: { registry, rowCount: filed.rows, effectiveAt, ...by, ...waiting } })
        return undefined
      }
      case `${registry}_change_withdrawn`:
        return decidePlan(decided.parse(body).plannedChange, 'withdrawn', event)
      case `${registry}_change_lapsed`:
        return decidePlan(decided.parse(body).plannedChange, 'lapsed', event)
      case `${registry}_change_failed`:
        return decidePlan(decided.parse(body).plannedChange, 'failed', event)
      case 'policy_version_created': {
        const { policy, actor: by } = policyVersion.parse(body)
        rows.set(policy.id, { seq, fields: { ...fieldsOf(policy), createdAt: at, createdBy: by.id } })
        return registry === 'policies' ? undefined : 'an event of this registry'
      }
      default:
        return 'an event of a registry'
    }
  }

  return {
    add(event) {
      lastSeq = event.seq
      try {
        return follow(event)
      } catch (error) {
        if (error instanceof z.ZodError) return 'an event of a registry in its form'
        throw error
      }
    },
    result: () => {
      const told = registry === 'areas' ? withPaths(rows) : rows
      return { registry, lastSeq, rows: told, versions, plans, commitments, superseded }
    },
  }
}

/** A tree is not as deep as this; what leads in a circle ends here. */
const depthMax = 20

/** Areas with the paths that follow from their parents: no event repeats them. */
function withPaths(areas: ReadonlyMap<string, ExpectedRow>): Map<string, ExpectedRow> {
  return new Map(
    [...areas].map(([code, { seq, fields }]) => {
      const path = [code]
      for (let above = fields.parentCode; typeof above === 'string' && path.length < depthMax; ) {
        path.unshift(above)
        above = areas.get(above)?.fields.parentCode ?? null
      }
      return [code, { seq, fields: { ...fields, path: path.join('/') } }]
    }),
  )
}
