import { randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { canonicalBody, commitmentTo, eventHash, genesis } from '../../src/audit/chain.ts'
import { incidentNumber } from '../../src/incidents/incident-number.ts'

/** A report that was authenticated and validated. */
export interface Report {
  readonly reporter: { readonly id: string; readonly role: string; readonly areaCode?: string }
  readonly arrivedAt: number
  /** The client's idempotency key, hashed, and a hash of what was asked under it. */
  readonly key: string
  readonly fingerprint: Buffer
  readonly categoryCode: string
  readonly areaCode: string
  readonly description: string
  readonly address: string | null
  readonly position: { readonly latitude: number; readonly longitude: number } | null
  readonly contact: { readonly name: string | null; readonly phone: string | null } | null
  readonly occurredAt: number | null
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What became of a report: an answer, with the deadlines that need a job where it is a new one, or a refusal. */
export type Outcome =
  | { readonly answer: Answer; readonly jobs: readonly { incidentId: string; no: number; dueAt: number }[] }
  | { readonly refusal: string }

const promises = ['report', 'feedback', 'on_site']
/** Kinds of area, from the bottom up. */
const kinds = ['grid', 'community', 'street', 'district', 'city']

/**
 * Stores a report in a transaction of its own, a statement for each thing that is looked up or written. Statements that
 * need nothing of each other are handed to the driver together: where it pipelines, they travel together.
 */
export async function storeReport(pool: pg.Pool, report: Report): Promise<Outcome> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const outcome = await store(client, report)
    await client.query('commit')
    return outcome
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

async function store(client: pg.PoolClient, report: Report): Promise<Outcome> {
  const { reporter, key, fingerprint, position, contact } = report
  const query = (name: string, text: string, values: unknown[]) => client.query({ name, text, values })
  const [uses, categories, areas] = await Promise.all([
    query(
      'find key',
      'select fingerprint, status, headers, body from idempotency_keys where principal = $1 and key = $2',
      [reporter.id, key],
    ),
    query('find category', 'select path, severity, admitted_from from categories where code = $1', [
      report.categoryCode,
    ]),
    query(
      'find area',
      `select path, path_kinds, district_code, retired_at, version, (
         select json_object_agg(code, name) from areas up where up.code = any (areas.path)) as names
       from areas, area_tree where code = $1`,
      [report.areaCode],
    ),
  ])
  const [use] = uses.rows
  if (use !== undefined)
    return use.fingerprint.equals(fingerprint)
      ? { answer: { status: use.status, headers: use.headers, body: use.body }, jobs: [] }
      : { refusal: 'idempotency_key_reused' }
  const [category] = categories.rows
  if (category === undefined) return { refusal: 'category_not_found' }
  const [area] = areas.rows
  if (area === undefined) return { refusal: 'area_not_found' }
  const policies = await query(
    'find policy',
    `select id, ladder, limits_ms from (
       select distinct on (code) * from policies order by code, version desc) newest
     where enabled and (area_code is null or area_code = any ($1))
       and (category_code is null or category_code = any ($2)) and (severity is null or severity = $3)
     order by array_position($1, area_code) desc nulls last,
       array_position($2, category_code) desc nulls last, severity nulls last limit 1`,
    [area.path, category.path, category.severity],
  )
  const [policy] = policies.rows
  const rungFrom = (admitted: (kind: string) => boolean): number =>
    area.path_kinds.findLastIndex((kind: string) => policy?.ladder.includes(kind) && admitted(kind))
  const admittedAt = rungFrom((kind) => kinds.indexOf(kind) >= kinds.indexOf(category.admitted_from))
  const rungAt = admittedAt < 0 ? rungFrom(() => true) : admittedAt
  if (rungAt < 0 || area.retired_at !== null || area.district_code === null)
    return { refusal: 'area_not_reportable' }

  const now = Date.now()
  const at = new Date(now)
  const incidentId = newId(now)
  const reportId = newId(now)
  const salt = randomBytes(16)
  const { description, address } = report
  const rung = area.path_kinds[rungAt]
  const accountable = area.path[rungAt]
  const facts = {
    id: incidentId,
    number: incidentNumber(area.district_code, now, incidentId),
    districtCode: area.district_code,
    areaCode: report.areaCode,
    categoryCode: report.categoryCode,
    severity: category.severity,
    policyId: policy.id,
  }
  const deadlines = promises.map((promise, index) => ({
    no: index + 1,
    promise,
    rung,
    accountable: { kind: 'area', code: accountable },
    generation: 1,
    assignmentNo: null,
    reportId: null,
    areaPath: area.path,
    treeVersion: area.version,
    startedAt: now,
    dueAt: now + policy.limits_ms[promise][rung],
    escalatedFrom: null,
    handedFrom: null,
    pausedAt: null,
    advancedMs: 0,
  }))
  const stream = `incident/${incidentId}`
  const body = canonicalBody({
    type: 'report_received',
    at: now,
    actor: reporter,
    requestedAt: report.arrivedAt,
    occurredAt: report.occurredAt,
    note: { commitment: commitmentTo(salt, { description, address, position }), visibleToReporter: true },
    incident: facts,
    reportId,
    changes: {
      state: 'received',
      started: deadlines,
      settled: [],
      fulfilled: [],
      assigned: [],
      endedBy: null,
    },
  })
  const hash = eventHash(stream, 1, genesis, body)
  const answer = {
    status: 201,
    headers: { location: `/v1/reports/${reportId}` },
    body: JSON.stringify({
      reportId,
      incidentId,
      number: facts.number,
      state: 'received',
      receivedAt: at.toISOString(),
      deadlines: deadlines.map((deadline) => ({
        no: deadline.no,
        promise: deadline.promise,
        rung,
        accountable: { kind: 'area', code: accountable, name: area.names[accountable] },
        generation: 1,
        state: 'running',
        cancelReason: null,
        startedAt: at.toISOString(),
        dueAt: new Date(deadline.dueAt).toISOString(),
        settledAt: null,
        fulfilledAt: null,
        clockFault: false,
        prolongedMs: 0,
        pausedAt: null,
        pausedMs: 0,
        extendedMs: 0,
        urges: 0,
        assignmentNo: null,
        reportId: null,
        escalatedFrom: null,
        handedFrom: null,
      })),
      event: { stream, seq: 1, type: 'report_received', at: at.toISOString(), hash: hash.toString('hex') },
    }),
  }

  await Promise.all([
    query(
      'insert incident',
      `insert into incidents (id, number, district_code, area_code, category_code, severity, policy_id, state,
         received_at, revision, generation, head_seq, head_hash, head_at, latitude, longitude)
       values ($1, $2, $3, $4, $5, $6, $7, 'received', $8, 1, 1, 1, $9, $8, $10, $11)`,
      [...Object.values(facts), at, hash, position?.latitude, position?.longitude],
    ),
    query(
      'insert report',
      `insert into reports (id, incident_id, district_code, reporter_id, reporter_role, category_code, area_code,
         description, address, latitude, longitude, occurred_at, received_at, salt)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        reportId,
        incidentId,
        area.district_code,
        reporter.id,
        reporter.role,
        report.categoryCode,
        report.areaCode,
        description,
        address,
        position?.latitude,
        position?.longitude,
        report.occurredAt === null ? null : new Date(report.occurredAt),
        at,
        salt,
      ],
    ),
    ...(contact === null
      ? []
      : [
          query(
            'insert contact',
            'insert into report_contacts (report_id, name, phone) values ($1, $2, $3)',
            [reportId, contact.name, contact.phone],
          ),
        ]),
    ...deadlines.map(({ no, promise, dueAt }) =>
      query(
        'insert deadline',
        `insert into deadlines (incident_id, no, district_code, promise, rung, accountable_code, generation,
           policy_id, area_path, tree_version, started_at, due_at, state)
         values ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $10, $11, 'running')`,
        [
          incidentId,
          no,
          area.district_code,
          promise,
          rung,
          accountable,
          policy.id,
          area.path,
          area.version,
          at,
          new Date(dueAt),
        ],
      ),
    ),
    query(
      'insert event',
      `insert into events (stream, seq, district_code, type, at, body, prev, hash)
       values ($1, 1, $2, 'report_received', $3, $4, $5, $6)`,
      [stream, area.district_code, at, body, genesis, hash],
    ),
    query(
      'insert key',
      `insert into idempotency_keys (principal, key, fingerprint, status, headers, body, created_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [reporter.id, key, fingerprint, answer.status, answer.headers, answer.body, at],
    ),
  ])
  return { answer, jobs: deadlines.map(({ no, dueAt }) => ({ incidentId, no, dueAt })) }
}

/** Ids that rise with time, as ours do: random ones would cost the database more. */
function newId(now: number): string {
  const time = now.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
