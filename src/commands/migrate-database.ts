import { loadDatabaseConfig, required } from '../config.ts'
import { readDatabaseClock } from '../database/clock.ts'
import { migrate } from '../database/migrate.ts'
import { openDatabase } from '../database/open-database.ts'
import { seed } from '../seed.ts'
import { type Command, readArguments } from './command.ts'

/** `whistle migrate [--seed]` */
export const migrateCommand: Command = async ({ args, env }) => {
  const { values } = readArguments(args, { seed: { type: 'boolean' } })
  const url = required(loadDatabaseConfig(env).migrationDatabaseUrl, 'DATABASE_URL')
  const ran = await migrate({ url })
  console.log(ran.length === 0 ? 'Nothing to do: the database is up to date.' : `Ran: ${ran.join(', ')}`)
  if (values.seed === true) {
    const { db, close } = openDatabase({ url, poolMax: 1, applicationName: 'whistle seed' })
    try {
      await seed({ db, readClock: readDatabaseClock })
      console.log('Areas, units, categories and the default policy are in place.')
    } finally {
      await close()
    }
  }
  return 0
}
