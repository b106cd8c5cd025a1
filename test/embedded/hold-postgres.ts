import { startEmbeddedPostgres } from '../../src/embedded/postgres.ts'

/** A supervisor for tests to kill: starts Postgres in the folder that it is given, says so, and waits. */
const [directory = ''] = process.argv.slice(2)
const { url } = await startEmbeddedPostgres({ directory, database: 'whistle', log: () => {} })
console.log(url)
setInterval(() => {}, 60_000)
