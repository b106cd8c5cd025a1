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
  rowsCommitment: z.string(),
  basesCommitment: z.string(),
})
const moved = z.looseObject({
  plans: z.array(z.looseObject({ plannedChange: z.uuid(), basesCommitment: z.string() })),
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
  /** Areas of which an event of the first version has said the last word: each had a path of its own, whoever took over. */
  const ownPaths = new Set<string>()
  let superseded = 0
  let lastSeq = 0

  function tellRows({ at, seq, body }: ToldEvent): void {
    const { treeVersion, ...event } = z.looseObject({ treeVersion: z.int().optional() }).parse(body)
    for (const told of z.array(toldRow).parse(event[registry])) {
      const { revision, change: _change, ...facts } = told
      const key = facts.code ?? facts.subject ?? ''
      const { personCommitment, successorCode, ...said } = facts
      const fields = fieldsOf({ ...(registry === 'units' && unitsOfBefore), ...said })
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
        if (successorCode === undefined) ownPaths.delete(key)
        else ownPaths.add(key)
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
    // What it committed to is gone with its rows.
    const { rowsCommitment: _rows, basesCommitment: _bases, ...told } = plan.fields
    plans.set(id, { seq, fields: { ...told, state, decidedAt: at } })
    return undefined
  }

  function movePlans({ seq, body }: ToldEvent): string | undefined {
    for (const { plannedChange: id, basesCommitment } of moved.parse(body).plans) {
      const plan = plans.get(id)
      if (plan?.fields.state !== 'planned') return `a plan that waits, and not ${String(plan?.fields.state)}`
      plans.set(id, { seq, fields: { ...plan.fields, basesCommitment, toldSeq: seq } })
    }
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
        const {
          plannedChange: id,
          effectiveAt,
          rowsCommitment,
          basesCommitment,
          ...filed
        } = planned.parse(body)
        const by = {
          withinCode: filed.actor.areaCode ?? null,
          filedBy: filed.actor.id,
          filedAt: at,
          eventSeq: seq,
          toldSeq: seq,
        }
        const waiting = { state: 'planned', decidedAt: null, rowsCommitment, basesCommitment }
        plans.set(id, { seq, fields: { registry, rowCount: filed.rows, effectiveAt, ...by, ...waiting } })
        return undefined
      }
      case `${registry}_plans_moved`:
        return movePlans(event)
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
      const told = registry === 'areas' ? withPaths(rows, ownPaths) : rows
      return { registry, lastSeq, rows: told, versions, plans, commitments, superseded }
    },
  }
}

/** What a unit has of which events from before migration 0017 say nothing. */
const unitsOfBefore = { skills: [] }

/** A tree is not as deep as this; what leads in a circle ends here. */
const depthMax = 20

/** Areas with the paths that follow from their parents and successors: no event repeats them. */
function withPaths(
  areas: ReadonlyMap<string, ExpectedRow>,
  ownPaths: ReadonlySet<string>,
): Map<string, ExpectedRow> {
  const ends = new Map<string, string>()
  /** At which area a line ends in which one alone took over from another. What was followed once is not followed again. */
  const endOf = (code: string): string => {
    const line = new Set<string>()
    let end = code
    while (!ends.has(end) && !line.has(end)) {
      line.add(end)
      end = (ownPaths.has(end) ? undefined : onlySuccessor(areas.get(end)?.fields)) ?? end
    }
    end = ends.get(end) ?? end
    for (const each of line) ends.set(each, end)
    return end
  }
  return new Map(
    [...areas].map(([code, { seq, fields }]) => {
      const path: string[] = []
      for (let above: string | null = code; above !== null && path.length < depthMax; ) {
        const node = endOf(above)
        path.unshift(node)
        const parent = areas.get(node)?.fields.parentCode
        above = typeof parent === 'string' ? parent : null
      }
      return [code, { seq, fields: { ...fields, path: path.join('/') } }]
    }),
  )
}

/** The one successor of a retired area. */
function onlySuccessor(fields: Fields | undefined): string | undefined {
  const { retired, successorCodes } = fields ?? {}
  if (retired !== true || typeof successorCodes !== 'string' || successorCodes.includes('/')) return undefined
  return successorCodes === '' ? undefined : successorCodes
}
