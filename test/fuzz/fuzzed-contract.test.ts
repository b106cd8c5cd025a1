import t from 'tap'
import { fuzzDatabase } from '../../chaos/fuzz/fuzz-database.ts'
import { createTestDatabase } from '../support/database.ts'
import { testRedisUrl } from '../support/queue-connection.ts'
import { runFolder } from '../support/scratch-folder.ts'

/** What a change must survive before it lands; `npm run fuzz` sends as many as one likes. */
const requests = 20_000
const seed = 1

// About a minute and a half of two cores, and more where others use them.
t.setTimeout(9 * 60_000)

t.test(
  `${requests} requests made from the contract are answered as it says, and stored exactly or not at all`,
  async (t) => {
    const { url, close } = await createTestDatabase(t)
    await close()
    const lines: string[] = []
    const failures = await fuzzDatabase({
      databaseUrl: url,
      redisUrl: testRedisUrl(),
      directory: runFolder(),
      requests,
      seed,
      all: false,
      log: (line) => lines.push(line),
    })
    t.equal(failures, 0, lines.join('\n'))
  },
)
