import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../src/database/schema.ts'

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string | undefined
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number | undefined
  readonly 'Rows Removed by Index Recheck'?: number | undefined
  readonly Plans?: readonly PlanNode[] | undefined
}
const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.looseObject({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Actual Rows': z.number(),
    'Actual Loops': z.number(),
    'Rows Removed by Filter': z.number().optional(),
    'Rows Removed by Index Recheck': z.number().optional(),
    Plans: z.array(planNode).optional(),
  }),
)
const explained = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: planNode })]) })])

/** What a statement reads of a table. */
export interface TableReads {
  /** How often it is read from one end to the other. */
  readonly scans: number
  /** How many rows are looked at, those that a filter then throws away included. */
  readonly rows: number
  /** How it is read: Postgres' names for that. */
  readonly nodes: readonly string[]
}

/** Carries a statement out, planned for its parameters as unprepared ones are, and tells what it reads of a table. */
export async function readsOf(
  db: Kysely<Database>,
  statement: RawBuilder<unknown> | SelectQueryBuilder<Database, keyof Database, unknown>,
  table: keyof Database,
): Promise<TableReads> {
  const { rows } = await sql`explain (analyze, format json) ${statement}`.execute(db)
  const nodes = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodes)]
  const reads = nodes(explained.parse(rows)[0]['QUERY PLAN'][0].Plan).filter(
    (node) => node['Relation Name'] === table,
  )
  return {
    nodes: [...new Set(reads.map((node) => node['Node Type']))],
    scans: reads.filter((node) => node['Node Type'].includes('Seq Scan')).length,
    rows: reads.reduce(
      (sum, node) =>
        sum +
        (node['Actual Rows'] +
          (node['Rows Removed by Filter'] ?? 0) +
          (node['Rows Removed by Index Recheck'] ?? 0)) *
          node['Actual Loops'],
      0,
    ),
  }
}
