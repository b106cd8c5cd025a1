import type { Wording } from '../src/wording/wording.ts'

/** The processes of the product, each of which a fault can be about. */
export const programNames = ['api-1', 'api-2', 'deadlines-1', 'deadlines-2', 'notices'] as const
export type ProgramName = (typeof programNames)[number]

/** Whom a fault hits: a program, Postgres as a whole, one of its sessions, Redis, or the machinery all of them share. */
export type Target = ProgramName | 'postgres' | 'backend' | 'redis' | 'all'

/** Everything that is done to the system. Kills are planned apart, so that their number is certain. */
export const faultKinds = {
  kill: { zh: '强杀 -9', en: 'kill -9' },
  kill_at_commit: { zh: '提交后未答复即强杀', en: 'kill -9 between COMMIT and answer' },
  stop: { zh: '暂停进程', en: 'SIGSTOP, then SIGCONT' },
  stop_in_transaction: { zh: '事务中暂停进程', en: 'SIGSTOP inside a transaction' },
  cut_postgres: { zh: '切断数据库连接', en: 'Postgres connections cut' },
  cut_redis: { zh: '切断 Redis 连接', en: 'Redis connections cut' },
  half_open_postgres: { zh: '数据库连接半开', en: 'Postgres connections half open' },
  half_open_redis: { zh: 'Redis 连接半开', en: 'Redis connections half open' },
  slow_postgres: { zh: '数据库网络延迟', en: 'Postgres delayed' },
  slow_redis: { zh: 'Redis 网络延迟', en: 'Redis delayed' },
  commit_unsent: { zh: '提交未送达', en: 'COMMIT never sent' },
  commit_unanswered: { zh: '提交送出即断', en: 'cut as COMMIT was sent' },
  commit_completed: { zh: '提交完成但答复丢失', en: "cut at COMMIT's CommandComplete" },
  redis_flushed: { zh: 'Redis 清空', en: 'FLUSHALL' },
  redis_gone: { zh: 'Redis 消失', en: 'Redis gone' },
  redis_full: { zh: 'Redis 内存耗尽', en: 'Redis out of memory' },
  redis_evicting: { zh: 'Redis 逐出键', en: 'Redis evicting' },
  app_clock: { zh: '应用时钟偏移', en: "a program's clock moved" },
  database_clock: { zh: '数据库时刻跳变', en: "the database's instant jumps" },
  pool_exhausted: { zh: '接口连接池耗尽', en: "the API's pool exhausted" },
  poison: { zh: '无法结算的事件', en: 'a row that cannot be settled' },
} as const satisfies Record<string, Wording>

export type FaultKind = keyof typeof faultKinds

/** Kinds that need a Redis of this machine, and the one that needs libfaketime. */
export const redisKinds = [
  'cut_redis',
  'half_open_redis',
  'slow_redis',
  'redis_flushed',
  'redis_gone',
  'redis_full',
  'redis_evicting',
] as const satisfies readonly FaultKind[]

/** One fault as it is planned. What `byMs` means depends on the kind: a clock's offset, or a delay. */
export interface PlannedFault {
  /** From the beginning of the faults, in ms. */
  readonly atMs: number
  readonly kind: FaultKind
  readonly target: Target
  /** How long it lasts; 0 for what happens at once. */
  readonly forMs: number
  readonly byMs: number
}
