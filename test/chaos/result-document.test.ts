import t from 'tap'
import type { ChaosResult } from '../../chaos/chaos-result.ts'
import { noFindings } from '../../chaos/checks/findings.ts'
import { resultDocument } from '../../chaos/result-document.ts'

const none = { limitMs: 3_000, breaches: 0, p50Ms: 0, p99Ms: 0, maxMs: 0, late: 0 }

function resultOf(changes: Partial<ChaosResult['verdict']> = {}): ChaosResult {
  return {
    seed: '8110',
    minutes: 60,
    digest: 'ab'.repeat(32),
    startedAt: '2026-11-22T05:00:00.000Z',
    machine: { cpu: 'a processor', cores: 2, node: 'v20', postgres: '18.4', redis: '7.0' },
    kills: { 'api-1': 30, postgres: 88 },
    faults: [{ kind: 'redis_gone', done: 30, missed: 3 }],
    missed: {},
    requests: { acknowledged: 1_000, refused: 20, retried: 30, unanswered: 4 },
    verdict: {
      incidents: 300,
      breaches: 700,
      account: {
        acknowledged: 900,
        lost: noFindings(),
        duplicated: noFindings(),
        recovered: 7,
        unexpected: noFindings(),
      },
      misled: noFindings(),
      misattributed: noFindings(),
      falseBreaches: noFindings(),
      lateness: {
        classes: {
          quiet: none,
          worker_killed: { ...none, breaches: 40, p50Ms: 90, p99Ms: 900, maxMs: 1_200 },
          tickless: { ...none, limitMs: 6_000, breaches: 50, p50Ms: 800, p99Ms: 3_900, maxMs: 4_100 },
          lock_held: none,
          session_frozen: { ...none, limitMs: Number.POSITIVE_INFINITY, breaches: 1, maxMs: 20_000 },
          machine_busy: none,
        },
        excused: 5,
        late: noFindings(),
      },
      planted: [],
      stuck: [],
      unsound: [],
      left: { overdue: 0, undelivered: 0 },
      sound: true,
      ...changes,
    },
  }
}

t.test('a page tells where it ran, what fell, what was lost and how late deadlines were found', async (t) => {
  const page = resultDocument(resultOf())
  t.match(page, '**完好 sound**')
  t.match(page, '| postgres | 18.4 |')
  t.match(page, '| 强杀 kill -9: 118 |  |')
  t.match(page, '| postgres | 88 |')
  t.match(page, '| 丢失 lost | 0 |')
  t.match(page, '| 时限进程被强杀 a deadline worker killed | 40 | 90 | 900 | 1200 | 3000 |')
  t.match(
    page,
    '| Redis 失效或可能无节拍 Redis gone, or ticks that may be missing | 50 | 800 | 3900 | 4100 | 6000 |',
  )
  t.match(page, '| 20000 | – |')
  t.match(page, '| Redis 消失 Redis gone | 30 | 3 |')
})

t.test('a run that was not sound says so first, and counts what it lost', async (t) => {
  const account = { ...resultOf().verdict.account, lost: { count: 2, first: [] } }
  const page = resultDocument(resultOf({ sound: false, account }))
  t.match(page.split('\n')[2], /^\*\*有误 NOT SOUND\*\*/)
  t.match(page, '| 丢失 lost | 2 |')
})
