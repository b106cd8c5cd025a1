import { spawn } from 'node:child_process'
import { quantile } from '../src/demo/show/quantile.ts'
import type { FigureKind } from './measurements.ts'
import { connectionVariables } from './pgbench.ts'
import { residentBytesMax } from './processes.ts'
import { inRounds, type RunContext, type SizedDatabase } from './run-context.ts'
import { withClient } from './servers.ts'

const city = '420200000000'
/**
 * An API that has just started takes several times as long for its first two dozen requests, until its code is compiled and
 * its connection has planned what it is asked: the first database of a run would be measured by that alone.
 */
const warmUpRequests = 30
/** The present month, and those that the population fills. */
const monthsBack = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
const lifetimeMs = 12 * 60 * 60 * 1_000

const kind = (name: string, zh: string, en: string, unit: FigureKind['unit']): FigureKind => ({
  part: 'reads',
  name: `reads.${name}`,
  label: { zh, en },
  unit,
})

const figures = {
  month: kind(
    'month.p95',
    '月报（街道 × 时限）95 分位',
    'a month by street × promise, 95th percentile',
    'ms',
  ),
  list: kind('list.p95', '最忙的区的列表 95 分位', 'the busiest district’s list, 95th percentile', 'ms'),
  board: kind('board.p95', '最忙的区的看板 95 分位', 'the busiest district’s board, 95th percentile', 'ms'),
  boardCases: kind('board.cases', '　其中未办结事件', '  open cases on it', ''),
  inbox: kind(
    'inbox.p95',
    '最忙的辖区与单位的待办 95 分位',
    'the busiest area’s and unit’s inboxes, 95th percentile',
    'ms',
  ),
  export: kind('export.rate', 'CSV 导出，每秒行数', 'CSV export, rows', '/s'),
  psql: kind('psql.rate', 'psql \\copy 同样的行', 'psql \\copy of the same rows', '/s'),
  memory: kind('export.memory', '　导出时接口内存', '  memory of the API that exports', 'MB'),
} as const

/** What a dispatcher asks of a board: as it comes, filtered by what is common and by what is rare, and searched. */
const boards = [
  '',
  'limit=100',
  'state=dispatched',
  'promise=feedback&rung=community',
  'promise=on_site',
  'redList=true',
  'severity=critical',
  'q=%E6%B6%88%E9%98%B2',
  'q=%E6%B2%A1%E6%9C%89%E7%9A%84%E8%AF%8D',
].map((query) => `/v1/board?${query}`)

/** What an auditor and a desk wait for, over HTTP. */
export async function measureReadPart(context: RunContext): Promise<void> {
  await inRounds(context, measureOnce)
}

async function measureOnce(context: RunContext, database: SizedDatabase): Promise<void> {
  const { measurements, options, system, log } = context
  const { address } = await context.api(database)
  const add = (figure: FigureKind, value: number): void => measurements.add(figure, database.incidents, value)
  const auditor = await system.issuer.issueToken({ role: 'auditor', area: city, lifetimeMs })
  const requests = options.short ? 10 : 40

  const summaries = monthsBack.map((back) => {
    const [from, to] = monthBefore(new Date(), back)
    return `/v1/audit/breaches/summary?level=street&from=${from}&to=${to}`
  })
  const month = await timeRequests(address, auditor, summaries, requests)
  add(figures.month, quantile(month, 0.95))

  const district = await busiestDistrict(database)
  const desk = await system.issuer.issueToken({ role: 'dispatcher', area: district, lifetimeMs })
  const list = await timeRequests(
    address,
    desk,
    ['', '&state=received', '&state=dispatched'].map((filter) => `/v1/incidents?limit=100${filter}`),
    requests,
  )
  add(figures.list, quantile(list, 0.95))
  const board = await timeRequests(address, desk, boards, requests)
  add(figures.board, quantile(board, 0.95))
  add(figures.boardCases, await countOpen(database, district))
  const inbox: number[] = []
  for (const claims of await busiestParties(database)) {
    const worker = await system.issuer.issueToken({ ...claims, lifetimeMs })
    inbox.push(...(await timeRequests(address, worker, ['/v1/inbox', '/v1/inbox?limit=100'], requests)))
  }
  add(figures.inbox, quantile(inbox, 0.95))

  // A process of its own, because the most that one ever held is what Linux remembers.
  const api = await system.startApi(database.name)
  const startedAt = performance.now()
  const rows = await countLines(`${api.address}/v1/audit/breaches.csv`, auditor)
  add(figures.export, (rows / (performance.now() - startedAt)) * 1_000)
  add(figures.memory, residentBytesMax(api.pid) / 2 ** 20)
  await api.stop()
  const copied = await copyWithPsql(context, database)
  if (copied !== undefined) add(figures.psql, copied)
  log(
    `reads at ${database.incidents}: month ${quantile(month, 0.95).toFixed(1)} ms, list ${quantile(list, 0.95).toFixed(1)} ms, board ${quantile(board, 0.95).toFixed(1)} ms, inbox ${quantile(inbox, 0.95).toFixed(1)} ms, ${rows} rows exported`,
  )
}

/** Sends requests one after the other, by turns, and returns how long each took, in ms. */
async function timeRequests(
  address: string,
  token: string,
  paths: readonly string[],
  count: number,
): Promise<number[]> {
  const times: number[] = []
  for (let no = 0; no < count + warmUpRequests; no += 1) {
    const path = paths[no % paths.length] ?? ''
    const startedAt = performance.now()
    const response = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } })
    const text = await response.text()
    if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}: ${text.slice(0, 500)}`)
    if (no >= warmUpRequests) times.push(performance.now() - startedAt)
  }
  return times
}

/** The first day of a month some months before, and of the month after it. */
export function monthBefore(now: Date, back: number): [string, string] {
  const first = (months: number): string =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 10)
  return [first(back), first(back - 1)]
}

async function busiestDistrict({ url }: SizedDatabase): Promise<string> {
  return await withClient(url, async (client) => {
    const { rows } = await client.query<{ code: string }>(
      `select district_code as code from incidents where state in ('received', 'reported', 'dispatched', 'on_site')
       group by 1 order by count(*) desc limit 1`,
    )
    return rows[0]?.code ?? city
  })
}

/** As whom somebody sees the longest inboxes: the area, and the unit, that answer for most. */
async function busiestParties({ url }: SizedDatabase) {
  return await withClient(url, async (client) => {
    const busiest = async (isUnit: boolean): Promise<string | undefined> => {
      const { rows } = await client.query<{ code: string }>(
        `select accountable_code as code from deadlines where state in ('running', 'paused') and (rung = 'unit') = $1
         group by 1 order by count(*) desc limit 1`,
        [isUnit],
      )
      return rows[0]?.code
    }
    const [area, unit] = [await busiest(false), await busiest(true)]
    return [
      ...(area === undefined ? [] : [{ role: 'dispatcher', area } as const]),
      ...(unit === undefined ? [] : [{ role: 'responder', unit } as const]),
    ]
  })
}

async function countOpen({ url }: SizedDatabase, district: string): Promise<number> {
  return await withClient(url, async (client) => {
    const { rows } = await client.query<{ open: number }>(
      'select count(*)::integer as open from board_cases where district_code = $1',
      [district],
    )
    return rows[0]?.open ?? 0
  })
}

const lineFeed = 0x0a

/** Reads a file to its end and counts its lines without the head; no field of the report holds a line break. */
async function countLines(url: string, token: string): Promise<number> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok || response.body === null) throw new Error(`The export was answered ${response.status}.`)
  let lines = 0
  for await (const chunk of response.body)
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) lines += 1
  return lines - 1
}

/**
 * The same rows with the same columns as one statement, without the file's words, local times and escapes. Written as Postgres
 * does it best: events and open incidents are looked up one by one, because joined they are read from one end to the other, and
 * the names of a path are put together once for each path, which a lateral join remembers.
 */
const report = `select b.number, array_to_string(b.area_path, '/'), path.names, b.category_code, c.name_zh, b.promise, b.rung,
  b.rung = 'unit', b.accountable_code, coalesce(u.name, a.name), b.started_at, b.due_at, b.detected_at,
  b.detected_at - b.due_at, d.fulfilled_at, d.fulfilled_at - b.due_at,
  case when d.fulfilled_at is not null then 'fulfilled' when exists (select from incidents i where i.id = b.incident_id
    and d.generation = i.generation and i.state in ('received', 'reported', 'dispatched', 'on_site')) then 'open'
    else 'ended' end,
  b.outcome, p.code, p.version, b.policy_id, nullif(split_part(split_part(kept.told, '"requestedAt":', 2), ',', 1), 'null'),
  nullif(split_part(kept.told, ',', 1), 'null'), b.incident_id, b.deadline_no, 'incident/' || b.incident_id, b.seq,
  (select encode(e.hash, 'hex') from events e where e.stream = 'incident/' || b.incident_id and e.seq = b.seq)
  from breaches b join deadlines d on d.incident_id = b.incident_id and d.no = b.deadline_no
  join policies p on p.id = b.policy_id
  join categories c on c.code = b.category_code
  left join lateral (select string_agg(v.name, '/' order by s.place) as names
    from unnest(b.area_path) with ordinality s (code, place) join area_versions v on v.code = s.code
      and v.since_version <= b.tree_version and (v.until_version is null or v.until_version > b.tree_version)) path on true
  left join units u on b.rung = 'unit' and u.code = b.accountable_code
  left join area_versions a on b.rung <> 'unit' and a.code = b.accountable_code and a.since_version <= b.tree_version
    and (a.until_version is null or a.until_version > b.tree_version)
  left join lateral (select split_part(k.body, '"occurredAt":', 2) as told from events k
    where k.stream = 'incident/' || b.incident_id and k.seq = d.fulfilled_seq offset 0) kept on true
  order by b.due_at desc, b.incident_id desc, b.deadline_no desc`

/** Rows a second that psql writes; undefined where this machine has none. */
async function copyWithPsql(
  { measurements, signal }: RunContext,
  { url }: SizedDatabase,
): Promise<number | undefined> {
  const startedAt = performance.now()
  // psql reads its own command to the end of a line.
  const command = `\\copy (${report.replaceAll('\n', ' ')}) to '/dev/null' csv`
  const child = spawn('psql', ['--no-psqlrc', '-c', command], {
    // Compiled, the statement takes no less time, and the compiler takes its own: our sessions go without it too.
    env: { ...process.env, ...connectionVariables(url), PGOPTIONS: '-c jit=off' },
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  const rows = /^COPY (\d+)/m.exec(said)?.[1]
  if (code !== 0 || rows === undefined) {
    measurements.note(
      `psql did not copy, so the export has nothing to be held against: ${said.slice(0, 200)}`,
    )
    return undefined
  }
  return (Number(rows) / (performance.now() - startedAt)) * 1_000
}
