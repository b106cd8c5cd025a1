import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { z } from 'zod'
import { canonicalBody, commitmentTo, eventHash } from '../../src/audit/chain.ts'
import { projectRoot } from '../../src/project-root.ts'
import { playEveryPart } from '../support/every-part.ts'
import { createPlayedWorld, keepTables } from '../support/played-world.ts'
import { rehashFrom, type Tampering, tamper } from '../support/tamper.ts'
import type { World } from '../support/world.ts'
import { worldActors } from '../support/world-actors.ts'
import { huangshi } from '../support/world-areas.ts'

t.setTimeout(120_000)

const page = readFileSync(join(projectRoot, 'docs/audit-format.md'), 'utf8')
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']): unknown =>
  JSON.parse(json),
)

t.test('the worked example in the documentation is what the code makes', (t) => {
  const events = z
    .array(
      z.object({ stream: z.string(), seq: z.int(), prev: z.string(), body: z.string(), hash: z.string() }),
    )
    .length(2)
    .parse(examples[0])
  for (const { stream, seq, prev, body, hash } of events) {
    t.equal(canonicalBody(z.looseObject({}).parse(JSON.parse(body))), body)
    t.equal(eventHash(stream, seq, Buffer.from(prev, 'hex'), body).toString('hex'), hash)
  }
  const { salt, content, commitment } = z
    .object({ salt: z.string(), content: z.looseObject({}), commitment: z.string() })
    .parse(examples[1])
  t.equal(commitmentTo(Buffer.from(salt, 'hex'), content), commitment)

  const [bytes] = [...page.matchAll(/```\n(01\n[\s\S]*?)```/g)].map(([, hex = '']) =>
    hex.replaceAll(/\s/g, ''),
  )
  const [first] = events
  const length = Buffer.byteLength(first?.body ?? '')
  t.equal(length, 98)
  t.ok(
    bytes?.endsWith(`00000062${Buffer.from(first?.body ?? '').toString('hex')}`),
    'the bytes end with the body',
  )
  t.end()
})

const python = spawnSync('python3', ['--version']).status === 0

/** Hands the trail, and the tables beside it, to the second verifier. */
async function secondOpinion({ owner: { db } }: World): Promise<string> {
  const { rows } = await sql<{ trail: unknown }>`
    select jsonb_build_object(
      'events', (select jsonb_agg(jsonb_build_object('stream', stream, 'seq', seq, 'type', type, 'at', ${ms('at')}, 'body', body,
        'prev', encode(prev, 'hex'), 'hash', encode(hash, 'hex')) order by stream, seq) from events),
      'heads', (select jsonb_object_agg(name, jsonb_build_array(seq, encode(hash, 'hex'), ${ms('at')})) from (
        select 'incident/' || id as name, head_seq as seq, head_hash as hash, head_at as at from incidents
        union all select name, head_seq, head_hash, head_at from streams where head_seq > 0) as heads),
      'incidents', ${rowsOf('incidents', 'ended_at', 'merged_at')},
      'deadlines', ${rowsOf('deadlines', 'started_at', 'due_at', 'settled_at', 'fulfilled_at', 'paused_at')},
      'assignments', ${rowsOf('assignments', 'assigned_at', 'accepted_at', 'arrived_at', 'ended_at')},
      'reliefs', ${rowsOf('reliefs', 'until', 'requested_at', 'decided_at', 'ended_at')},
      'joined', ${rowsOf('joined_incidents', 'joined_at', 'separated_at')},
      'notes', (select jsonb_object_agg(key, jsonb_build_object('salt', encode(salt, 'hex'), 'content', content)) from (
        select 'incident/' || incident_id || ' ' || seq as key, salt,
          jsonb_build_object('text', text, 'position', ${position}) as content from event_notes
        union all
        select 'incident/' || incident_id || ' 1', salt,
          jsonb_build_object('description', description, 'address', address, 'position', ${position}) from reports) as notes)
    ) as trail`.execute(db)
  const { stdout, stderr } = spawnSync('python3', [join(projectRoot, 'test/audit/second_verifier.py')], {
    input: JSON.stringify(rows[0]?.trail),
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PYTHONIOENCODING: 'utf-8', PYTHONUTF8: '1' },
    timeout: 30_000,
  })
  if (stderr !== '') throw new Error(stderr)
  return stdout.trim()
}

/** All rows of a table, with the given instants in milliseconds. */
function rowsOf(table: string, ...instants: string[]) {
  const columns = instants.flatMap((column) => [sql.lit(column), ms(column)])
  return sql`(select coalesce(jsonb_agg(to_jsonb(t) || jsonb_build_object(${sql.join(columns)})), '[]') from ${sql.table(table)} t)`
}

function ms(column: string) {
  return sql`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`
}
const position = sql`case when latitude is not null then jsonb_build_object('latitude', latitude, 'longitude', longitude) end`

t.test(
  'a second verifier, written from the documentation alone, comes to the same verdicts',
  { skip: python ? false : 'there is no python3 on this machine' },
  async (t) => {
    const { world, second, stream } = await createPlayedWorld(t)
    const { paused, survivor } = await playEveryPart(world)
    t.equal(await secondOpinion(world), 'sound')

    const restore = await keepTables(world)
    const event = (seq: number) => sql`stream = ${stream} and seq = ${seq}`
    const forge = sql`update events set body = replace(body, ${worldActors.street.id}, 'dispatcher-straet') where ${event(4)}`
    const cases: readonly (readonly [string, readonly Tampering[]])[] = [
      [`${stream} 4 hash`, [forge]],
      [`${stream} 5 link`, [forge, rehashFrom(stream, 4, 4)]],
      [`${stream} 9 head`, [forge, rehashFrom(stream, 4)]],
      [`${stream} 8 head`, [sql`delete from events where ${event(9)}`]],
      [`${stream} 6 sequence`, [sql`delete from events where ${event(5)}`]],
      [`${stream} 0 stream`, [sql`delete from events where stream = ${stream}`]],
      [`${stream} 9 incident`, [sql`update incidents set state = 'closed' where id = ${second}`]],
      [
        `${stream} 9 deadlines`,
        [
          sql`update deadlines set due_at = due_at + interval '1 h' where incident_id = ${second} and state = 'running'`,
        ],
      ],
      [
        `incident/${paused} 5 assignments`,
        [sql`update assignments set accepted_at = null where incident_id = ${paused} and no = 1`],
      ],
      [
        `incident/${paused} 5 reliefs`,
        [sql`update reliefs set decided_by = ${huangshi.city} where incident_id = ${paused}`],
      ],
      [`incident/${survivor} 2 joined`, [sql`update joined_incidents set taken = '[{"no":1,"byMs":1}]'`]],
      [
        `${stream} 2 commitment`,
        [sql`update event_notes set text = '已办' where incident_id = ${second} and seq = 2`],
      ],
    ]
    for (const [expected, changes] of cases) {
      await tamper(world, ...changes)
      t.equal(await secondOpinion(world), expected)
      await restore()
    }
  },
)
