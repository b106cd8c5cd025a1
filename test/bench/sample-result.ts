import type { BenchResult } from '../../bench/result.ts'

/** A small result as a run would write it. */
export function sampleResult(): BenchResult {
  const label = { zh: '收报 ÷ pgbench', en: 'intake ÷ pgbench' }
  return {
    format: 1,
    at: '2026-11-22T00:00:00.000Z',
    commit: 'abc1234',
    lane: 'full',
    verdict: 'measured',
    seconds: 60,
    machine: { processor: 'a processor', cores: 2, memoryGiB: 8, system: 'linux 6' },
    versions: { node: '24.21.0', postgres: '18.4' },
    settings: { fsync: 'on' },
    options: { rounds: 3, parts: ['intake'], sizes: [1_000, 10_000], short: false },
    notes: [],
    failures: [],
    figures: [
      {
        part: 'intake',
        name: 'intake.ours.rate',
        label: { zh: '本系统：HTTP、64 个连接', en: 'ours: over HTTP, 64 connections' },
        unit: '/s',
        incidents: 1_000,
        rounds: [5_000, 5_100, 4_900],
        median: 5_000,
        spread: 0.04,
      },
      {
        part: 'intake',
        name: 'intake.ours.p99',
        label: { zh: '　99 分位', en: '  99th percentile' },
        unit: 'ms',
        incidents: 10_000,
        rounds: [20, 21, 19],
        median: 20,
        spread: 0.1,
      },
    ],
    goals: [
      {
        part: 'intake',
        name: 'intake-of-pgbench',
        label,
        unit: '×',
        comparison: 'at_least',
        limit: 0.8,
        value: 0.91,
        verdict: 'reached',
      },
      {
        part: 'intake',
        name: 'intake-p99',
        label: { zh: '收报 99 分位', en: 'intake, p99' },
        unit: 'ms',
        comparison: 'at_most',
        limit: 50,
        value: null,
        verdict: 'not_measured',
      },
    ],
    sweeps: [],
    yardsticks: [],
  }
}
