import { migrate } from '../src/database/migrate.ts'
import { choosePlaces, type Place, setLongLimits, submitSamples } from './places.ts'
import { populate } from './populate.ts'
import { createReportFunctions, readSampleReports, type SampleReport } from './report-statement.ts'
import type { SizedDatabase } from './run-context.ts'
import { createDatabase, type Servers, withClient } from './servers.ts'
import type { System } from './system.ts'

export interface PreparedDatabases {
  readonly databases: readonly [SizedDatabase, ...SizedDatabase[]]
  readonly peers: SizedDatabase
  readonly places: readonly Place[]
  readonly samples: readonly SampleReport[]
}

/**
 * Makes a database for each size, each grown out of the one before, and a copy of the largest for the peers. The rows of a
 * few real reports are read on the way: they are the pattern of what the peers write.
 */
export async function prepareDatabases(options: {
  servers: Servers
  system: System
  sizes: readonly number[]
  outstanding: number
  log: (message: string) => void
}): Promise<PreparedDatabases> {
  const { servers, system, sizes, log } = options
  const [smallest, ...larger] = sizes
  if (smallest === undefined) throw new Error('There is no size to measure at.')
  const largest = sizes.at(-1) ?? smallest
  const grow = async (database: SizedDatabase): Promise<void> => {
    const outstanding = Math.round((options.outstanding * database.incidents) / largest)
    const startedAt = performance.now()
    await populate({ url: database.url, incidents: database.incidents, outstanding })
    log(`${database.incidents} incidents after ${Math.round((performance.now() - startedAt) / 1_000)} s`)
  }

  const first = named(servers, smallest)
  await createDatabase(servers, first.name)
  await migrate({ url: first.url })
  await createReportFunctions(first.url)
  await grow(first)
  const places = await choosePlaces(first.url, system.issuer)
  const api = await system.startApi(first.name)
  await setLongLimits(api.address, system.issuer)
  const incidentIds = await submitSamples(api.address, places)
  await api.stop()
  const samples = await readSampleReports(first.url, incidentIds)

  const databases: [SizedDatabase, ...SizedDatabase[]] = [first]
  for (const incidents of larger) {
    const next = named(servers, incidents)
    await createDatabase(servers, next.name, databases.at(-1)?.name)
    await grow(next)
    databases.push(next)
  }
  const peers = { name: 'bench_peers', url: servers.databaseUrl('bench_peers'), incidents: largest }
  await createDatabase(servers, peers.name, databases.at(-1)?.name)
  await withClient(servers.databaseUrl('postgres'), (client) => client.query('checkpoint'))
  return { databases, peers, places, samples }
}

function named(servers: Servers, incidents: number): SizedDatabase {
  const name = `bench_${incidents}`
  return { name, url: servers.databaseUrl(name), incidents }
}
