import pg from 'pg'

/** What a peer's process is told at its start. */
export interface PeerSetup {
  readonly databaseUrl: string
  readonly redisUrl: string
  /** The statement that fires deadlines of the incidents in `$1`: the same one for every peer, alone and in batches. */
  readonly fire: string
}

/** What a peer can be told to do. */
export interface Peer {
  /** Makes whatever its jobs live in. */
  prepare(): Promise<void>
  /** Adds jobs that wait for a month. */
  fill(count: number): Promise<void>
  /** Adds a job for each running deadline that falls due between two instants. */
  enqueue(from: number, to: number): Promise<void>
  /** Begins to work; `settings` are the peer's own. */
  work(settings: Readonly<Record<string, number | boolean>>): Promise<void>
  /** Stops working, and forgets jobs that are overdue. */
  rest(): Promise<void>
}

export interface DueDeadline {
  readonly id: string
  /** When its job may run: it is overdue a millisecond after it is due. */
  readonly dueAt: Date
}

/** Listens to the process that started this one, and ends when that one does. */
export function servePeer(peer: Peer): void {
  process.on('message', (message: { id: number; method: keyof Peer; args: never[] }) => {
    const call: (...args: never[]) => Promise<void> = peer[message.method]
    call(...message.args).then(
      () => process.send?.({ id: message.id }),
      (error: Error) => process.send?.({ id: message.id, error: error.stack ?? error.message }),
    )
  })
  process.once('disconnect', () => process.exit(0))
  process.once('SIGTERM', () => process.exit(0))
}

export function readSetup(): PeerSetup {
  return JSON.parse(process.argv[2] ?? '{}')
}

/** Reads what falls due between two instants, and when its job may run: it is overdue a millisecond after it is due. */
export async function listDue(databaseUrl: string, from: number, to: number): Promise<DueDeadline[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query(
      `select incident_id as id, due_at + interval '1 ms' as "dueAt" from deadlines
       where state = 'running' and due_at between $1 and $2`,
      [new Date(from), new Date(to)],
    )
    return rows
  } finally {
    await client.end()
  }
}

export type Fire = (ids: readonly string[]) => Promise<void>
/** Adds jobs, each to run when its deadline is overdue. */
export type AddJobs = (jobs: readonly DueDeadline[]) => Promise<void>

/**
 * A function that fires deadlines at once, as a prepared statement on a pool, and adds the jobs of the next rung's
 * deadlines: where a job wakes for each deadline, one without a job would never fire.
 */
export function createFire(
  { databaseUrl, fire }: PeerSetup,
  poolMax: number,
  add: AddJobs,
): { fire: Fire; end(): Promise<void> } {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolMax, application_name: 'bench peer' })
  return {
    async fire(ids) {
      const { rows } = await pool.query({ name: 'fire', text: fire, values: [ids] })
      if (rows.length > 0) await add(rows)
    },
    end: () => pool.end(),
  }
}

const batchMax = 500

/**
 * Coalesces the calls of many jobs for a library that hands out one job at a time: what has come while a statement was
 * on its way goes into the next one.
 */
export function coalesce(fire: Fire, inFlightMax: number): (id: string) => Promise<void> {
  let waiting: { id: string; resolve: () => void; reject: (error: unknown) => void }[] = []
  let inFlight = 0
  function flush(): void {
    while (inFlight < inFlightMax && waiting.length > 0) {
      const batch = waiting.slice(0, batchMax)
      waiting = waiting.slice(batchMax)
      inFlight += 1
      fire(batch.map(({ id }) => id))
        .then(
          () => {
            for (const { resolve } of batch) resolve()
          },
          (error: unknown) => {
            for (const { reject } of batch) reject(error)
          },
        )
        .finally(() => {
          inFlight -= 1
          flush()
        })
    }
  }
  return (id) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, resolve, reject })
      // Whatever else has arrived in this turn of the loop goes along.
      setImmediate(flush)
    })
}

export const monthMs = 30 * 24 * 60 * 60 * 1000
