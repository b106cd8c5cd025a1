import { Readable } from 'node:stream'
import { parse } from 'csv-parse/sync'
import t from 'tap'
import { importAreas } from '../../src/areas/import-areas.ts'
import { toCsv } from '../../src/breaches/csv-records.ts'
import { worldPolicy } from '../support/seed-world.ts'
import { worldActors, worldUnits } from '../support/world-actors.ts'
import { huangshi, huangshiFile } from '../support/world-areas.ts'
import { type BreachApi, openBreachApi, type ReadBreach } from './open-breach-api.ts'

const path = '/v1/audit/breaches.csv'

/** Some breaches of each kind: fulfilled and not, by areas and by a unit, with and without a claim. */
async function breakPromises({ world }: BreachApi): Promise<void> {
  const { incidentId } = await world.submit()
  await world.submit({ areaCode: huangshi.neighbour })
  world.clock.advance(worldPolicy.reportMs + 1)
  await world.settle()
  const occurredAt = world.clock.now() - 5_000
  await world.act(
    incidentId,
    worldActors.street,
    { type: 'whistle', lead: worldUnits.fire, support: [] },
    { occurredAt },
  )
  world.clock.advance(worldPolicy.onSiteMs + 1)
  await world.settle()
  await world.act(incidentId, worldActors.responder, { type: 'arrive', position: null })
}

function read(body: string): Record<string, string>[] {
  return parse(body, { bom: true, columns: true, record_delimiter: '\r\n' })
}

/** An instant as the file writes it, with Shanghai's offset; nothing where there is none. */
function shanghai(at: string | null): string {
  return at === null ? '' : new Date(Date.parse(at) + 8 * 3_600_000).toISOString().replace('Z', '+08:00')
}

function asRecord(breach: ReadBreach): Record<string, string> {
  return {
    number: breach.number,
    areaPathCodes: breach.areaPath.map(({ code }) => code).join('/'),
    areaPathNames: breach.areaPath.map(({ name }) => name).join('/'),
    categoryCode: breach.category.code,
    category: breach.category.nameEn,
    promise: breach.promise,
    rung: breach.rung,
    accountableKind: breach.accountable.kind,
    accountableCode: breach.accountable.code,
    accountableName: breach.accountable.name,
    startedAt: shanghai(breach.startedAt),
    dueAt: shanghai(breach.dueAt),
    detectedAt: shanghai(breach.detectedAt),
    lagMs: String(breach.lagMs),
    fulfilledAt: shanghai(breach.fulfilledAt),
    latenessMs: String(breach.latenessMs ?? ''),
    status: breach.status,
    outcome: breach.outcome,
    policyCode: breach.policy.code,
    policyVersion: String(breach.policy.version),
    policyId: breach.policy.id,
    requestInTimeAt: shanghai(breach.requestInTimeAt),
    claimedAt: shanghai(breach.claimedAt),
    incidentId: breach.incidentId,
    deadlineNo: String(breach.deadlineNo),
    eventStream: breach.event.stream,
    eventSeq: String(breach.event.seq),
    eventHash: breach.event.hash ?? '',
    prolongedMs: String(breach.prolongedMs),
    clockFault: String(breach.clockFault),
    pausedMs: String(breach.pausedMs),
    extendedMs: String(breach.extendedMs),
    urges: String(breach.urges),
    handedOver: String(breach.handedOver),
  }
}

t.test('the file holds what the list holds, row for row, under the same filters', async (t) => {
  const api = await openBreachApi(t)
  await breakPromises(api)
  const queries = [{}, { promise: 'on_site' }, { rung: 'unit' }, { areaCode: huangshi.neighbour }]
  for (const query of [...queries, { from: '2026-11-21' }, { to: '2026-11-21' }]) {
    const items = await api.list({ ...query, limit: '100' })
    const { body, statusCode } = await api.get(path, query)
    t.equal(statusCode, 200)
    t.same(read(body), items.map(asRecord), JSON.stringify(query))
  }
  t.ok((await api.list()).some(({ claimedAt }) => claimedAt !== null))
  t.ok((await api.list({ rung: 'unit' })).some(({ latenessMs }) => latenessMs !== null))
  const foreign = await api.get(path, {}, worldActors.foreigner)
  t.equal(foreign.body.split('\r\n').length, 2, 'a foreign district gets the titles alone')
})

t.test('a Chinese reader gets Chinese titles, words and file name', async (t) => {
  const api = await openBreachApi(t)
  await breakPromises(api)
  const chinese = await api.get(path, { rung: 'unit' }, worldActors.auditor, { 'accept-language': 'zh-CN' })
  t.ok(chinese.rawPayload.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])), 'UTF-8 with a BOM')
  t.match(read(chinese.body), [
    { 承诺: '到场', 层级: '单位', 责任方: '黄石港区消防救援大队', 事项: '消防通道堵塞', 状态: '逾期兑现' },
  ])
  t.match(chinese.headers, {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': `attachment; filename="breaches.csv"; filename*=UTF-8''${encodeURIComponent('超时清单.csv')}`,
    'content-language': 'zh',
    vary: /accept-language/i,
    'cache-control': 'no-store',
  })
  const english = await api.get(path, { rung: 'unit' })
  t.equal(english.headers['content-language'], 'en')
  t.match(read(english.body), [{ promise: 'on_site', category: 'Fire lane blocked' }])
})

t.test('names that a spreadsheet would run are disarmed', async (t) => {
  const api = await openBreachApi(t)
  const { world } = api
  const hostile = huangshiFile
    .replace('黄石市', '＝cmd|市')
    .replace('胜阳港社区,community', '"=HYPERLINK(""http://x"",""社区"")",community')
  await importAreas({ db: world.db, readClock: world.clock.read }, Readable.from([Buffer.from(hostile)]), {
    actor: worldActors.administrator,
  })
  await world.owner.pool.query('update units set name = $1', ["@SUM(1+1)*cmd|' /C calc'!A0"])
  await breakPromises(api)
  const { body } = await api.get(path)
  const records = read(body)
  const names = new Set(records.map(({ accountableName }) => accountableName))
  t.ok(names.has(`'=HYPERLINK("http://x","社区")`))
  t.ok(names.has(`'@SUM(1+1)*cmd|' /C calc'!A0`))
  t.ok(records.every(({ areaPathNames = '' }) => areaPathNames.startsWith("'＝cmd|市/")))
  const cells = records.flatMap((record) => Object.values(record))
  t.same(
    cells.filter((cell) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell)),
    [],
  )
})

t.test('records follow RFC 4180', async (t) => {
  t.equal(toCsv([['a', 1, null, '']]), 'a,1,,\r\n')
  t.equal(toCsv([['a,b', 'a"b', '社区']]), '"a,b","a""b",社区\r\n')
  t.equal(toCsv([['a\r\nb', 'a\nb', 'a\rb']]), '"a\r\nb","a\nb","a\rb"\r\n')
  for (const start of ['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
    t.equal(toCsv([[`${start}1`, `1${start}`]]), `'${start}1,1${start}\r\n`)
  }
  for (const start of ['\t', '\r', '\n']) t.match(toCsv([[`${start}=1`]]), /^"?'/)
  t.equal(toCsv([[-1]]), '-1\r\n', 'a number is no formula')
})
