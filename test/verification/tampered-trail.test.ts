import { sql } from 'kysely'
import t from 'tap'
import type { FaultKind } from '../../src/verification/audit-fault.ts'
import { formatVerification } from '../../src/verification/format-verification.ts'
import { type AuditVerification, verifyAuditTrail } from '../../src/verification/verify-audit-trail.ts'
import { createPlayedWorld, keepTables } from '../support/played-world.ts'
import { rehashFrom, tamper } from '../support/tamper.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'

t.setTimeout(180_000)

function kindsOf({ faults }: AuditVerification): FaultKind[] {
  return faults.map(({ kind }) => kind)
}

t.test('each way of tampering is found, and the first bad event is named', async (t) => {
  const { world, first, second, stream } = await createPlayedWorld(t)
  const restore = await keepTables(world)
  /** Tampers, verifies, and puts everything back. */
  async function found(...statements: Parameters<typeof tamper>[1][]): Promise<AuditVerification> {
    await tamper(world, ...statements)
    const verification = await verifyAuditTrail(world)
    await restore()
    return verification
  }
  const event = (seq: number) => sql`stream = ${stream} and seq = ${seq}`
  const edited = sql`body = replace(body, '"at":', '"at":1')`
  /** A forged event that still parses and still has its canonical form. */
  const forged = sql`body = replace(body, ${worldActors.street.id}, 'dispatcher-straet')`

  const cases: readonly {
    readonly name: string
    readonly statements: readonly Parameters<typeof tamper>[1][]
    readonly kinds: readonly FaultKind[]
    readonly first: { readonly stream: string; readonly seq: number | null }
  }[] = [
    {
      name: 'a body is edited',
      statements: [sql`update events set ${forged} where ${event(4)}`],
      kinds: ['hash'],
      first: { stream, seq: 4 },
    },
    {
      name: 'a body is edited so that it says another time than its column',
      statements: [sql`update events set ${edited} where ${event(4)}`],
      kinds: ['hash', 'column', 'deadline', 'assignment'],
      first: { stream, seq: 4 },
    },
    {
      name: 'one event is edited and hashed again',
      statements: [sql`update events set ${forged} where ${event(4)}`, rehashFrom(stream, 4, 4)],
      kinds: ['link'],
      first: { stream, seq: 5 },
    },
    {
      name: 'a chain is hashed again from the edited event on, but not its head',
      statements: [sql`update events set ${forged} where ${event(4)}`, rehashFrom(stream, 4)],
      kinds: ['head'],
      first: { stream, seq: 9 },
    },
    {
      name: 'the last event is deleted',
      statements: [sql`delete from events where ${event(9)}`],
      kinds: ['head', 'incident', 'deadline', 'note'],
      first: { stream, seq: 8 },
    },
    {
      name: 'an event in the middle is deleted',
      statements: [sql`delete from events where ${event(5)}`],
      kinds: ['sequence'],
      first: { stream, seq: 6 },
    },
    {
      name: 'the first event is deleted',
      statements: [sql`delete from events where ${event(1)}`],
      kinds: ['sequence'],
      first: { stream, seq: 2 },
    },
    {
      name: 'a whole stream is deleted',
      statements: [sql`delete from events where stream = ${stream}`],
      kinds: ['stream'],
      first: { stream, seq: null },
    },
    {
      name: 'an event is added at the end',
      statements: [
        sql`insert into events select stream, seq + 1, district_code, type, at, body, hash, hash from events where ${event(9)}`,
        rehashFrom(stream, 10),
      ],
      kinds: ['replay', 'head'],
      first: { stream, seq: 10 },
    },
    {
      name: 'two events change places',
      statements: [
        sql`update events set (type, at, body, prev, hash) =
          (select type, at, body, prev, hash from events as other
            where other.stream = events.stream and other.seq = 13 - events.seq)
          where stream = ${stream} and seq in (6, 7)`,
      ],
      kinds: ['link', 'hash', 'replay'],
      first: { stream, seq: 6 },
    },
    {
      name: 'an incident and all that belongs to it is deleted, but not its events',
      statements: [
        ...[
          'event_notes',
          'report_contacts',
          'reports',
          'breaches',
          'deadlines',
          'assignments',
          'outbox',
        ].map((table) =>
          table === 'report_contacts'
            ? sql`delete from report_contacts`
            : sql`delete from ${sql.table(table)} where incident_id = ${second}`,
        ),
        sql`delete from incidents where id = ${second}`,
      ],
      kinds: ['stream'],
      first: { stream, seq: 9 },
    },
    {
      name: 'a stream is invented',
      statements: [
        sql`insert into events select 'rosters', 1, null, type, at, body, prev, hash from events
          where stream = 'areas' and seq = 1`,
        rehashFrom('rosters', 1),
      ],
      kinds: ['stream'],
      first: { stream: 'rosters', seq: 1 },
    },
    {
      name: 'the events of a registry are deleted',
      statements: [sql`delete from events where stream = 'areas'`],
      kinds: ['head'],
      first: { stream: 'areas', seq: null },
    },
    {
      name: 'an event is dated back, and its chain and head are hashed again',
      statements: [
        sql`update events set at = at - interval '1 day',
          body = replace(body, '"at":' || (extract(epoch from at) * 1000)::bigint,
            '"at":' || (extract(epoch from at) * 1000 - 86400000)::bigint) where ${event(7)}`,
        rehashFrom(stream, 7),
        sql`update incidents set head_hash = (select hash from events where ${event(9)}) where id = ${second}`,
      ],
      kinds: ['time', 'deadline', 'assignment'],
      first: { stream, seq: 7 },
    },
    {
      name: 'a body is written in another form',
      statements: [
        sql`update events set body = replace(body, '{"actor"', '{ "actor"') where ${event(2)}`,
        rehashFrom(stream, 2),
        sql`update incidents set head_hash = (select hash from events where ${event(9)}) where id = ${second}`,
      ],
      kinds: ['body'],
      first: { stream, seq: 2 },
    },
    {
      name: 'a breached deadline is made a met one',
      statements: [
        sql`update deadlines set state = 'met', settled_at = due_at, fulfilled_at = null, fulfilled_seq = null
          where incident_id = ${second} and no = 1`,
      ],
      kinds: ['deadline'],
      first: { stream, seq: 4 },
    },
    {
      name: 'a deadline is made to end later',
      statements: [
        sql`update deadlines set due_at = due_at + interval '1 hour' where incident_id = ${second} and state = 'running'`,
      ],
      kinds: ['deadline'],
      first: { stream, seq: 9 },
    },
    {
      name: 'a breach is taken off one party’s list and put on another’s',
      statements: [
        sql`update breaches set accountable_code = '420202007002' where incident_id = ${second} and deadline_no = 1`,
      ],
      kinds: ['breach'],
      first: { stream, seq: 3 },
    },
    {
      name: 'a breach is deleted',
      statements: [sql`delete from breaches where incident_id = ${second} and deadline_no = 1`],
      kinds: ['breach'],
      first: { stream, seq: 3 },
    },
    {
      name: 'a breach is invented',
      statements: [
        sql`insert into breaches select incident_id, 2, number, district_code, area_path, tree_version, category_code,
          promise, rung, accountable_code, policy_id, started_at, due_at, detected_at, outcome, 99
          from breaches where incident_id = ${second} and deadline_no = 1`,
      ],
      kinds: ['breach'],
      first: { stream, seq: 9 },
    },
    {
      name: 'an assignment is given to another unit',
      statements: [
        sql`update assignments set assignee_code = ${worldUnits.volunteers} where incident_id = ${second}`,
      ],
      kinds: ['assignment'],
      first: { stream, seq: 9 },
    },
    {
      name: 'an incident is moved to another area',
      statements: [sql`update incidents set area_code = '420202007002' where id = ${second}`],
      kinds: ['incident'],
      first: { stream, seq: 9 },
    },
    {
      name: 'the words of a report are changed',
      statements: [sql`update reports set description = '没什么事' where incident_id = ${second}`],
      kinds: ['commitment'],
      first: { stream, seq: 1 },
    },
    {
      name: 'a report is put into another person’s mouth',
      statements: [sql`update reports set reporter_id = 'resident-9' where incident_id = ${second}`],
      kinds: ['report'],
      first: { stream, seq: 1 },
    },
    {
      name: 'the words of an answer are changed',
      statements: [sql`update event_notes set text = '已办' where incident_id = ${second} and seq = 2`],
      kinds: ['commitment'],
      first: { stream, seq: 2 },
    },
    {
      name: 'an answer is hidden from the reporter',
      statements: [
        sql`update event_notes set visible_to_reporter = false where incident_id = ${second} and seq = 2`,
      ],
      kinds: ['note'],
      first: { stream, seq: 2 },
    },
    {
      name: 'a note is invented',
      statements: [
        sql`insert into event_notes select incident_id, 3, text, latitude, longitude, visible_to_reporter, salt
          from event_notes where incident_id = ${second} and seq = 2`,
      ],
      kinds: ['note'],
      first: { stream, seq: 3 },
    },
  ]
  for (const { name, statements, kinds, first: expected } of cases) {
    const verification = await found(...statements)
    t.equal(verification.outcome, 'tampered', name)
    t.same(kindsOf(verification), kinds, `${name}: ${kinds.join(', ')}`)
    t.match(verification.faults[0]?.first, expected, `${name}: the first bad event`)
    const text = formatVerification(verification, 'zh')
    t.ok(text.includes(expected.stream), `${name}: named for people`)
    t.notOk(text.includes(first), `${name}: the other incident is not accused`)
  }
  t.equal((await verifyAuditTrail(world)).outcome, 'sound', 'everything was put back')
})

t.test('a text that was put in the place of another is found, with a salt or without one', async (t) => {
  const { world, second } = await createPlayedWorld(t)
  await tamper(
    world,
    sql`update reports set description = '没有这回事', salt = '' where incident_id = ${second}`,
    sql`update event_notes set text = '已处理', salt = '' where incident_id = ${second} and seq = 2`,
  )
  const verification = await verifyAuditTrail(world)
  t.equal(verification.outcome, 'tampered')
  t.same(kindsOf(verification), ['commitment'])
  t.equal(verification.faults[0]?.count, 2)
})
