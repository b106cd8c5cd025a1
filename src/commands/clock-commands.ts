import { v7 as uuidv7 } from 'uuid'
import { acceptanceReasons, acceptClock } from '../clock/accept-clock.ts'
import { findClockFindings } from '../clock/clock-findings.ts'
import { formatClock } from '../clock/format-clock.ts'
import { readDatabaseClock, sampleDatabaseClock } from '../database/clock.ts'
import type { OpenDatabase } from '../database/open-database.ts'
import type { Actor } from '../domain/actor.ts'
import { Problem } from '../http/problems/problem.ts'
import { problemKinds } from '../http/problems/problem-codes.ts'
import { requestKeyOf } from '../idempotency/request-key.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { instanceOption, withDatabase } from './command-database.ts'
import { languageOf } from './language.ts'

/** More of them stand in the audit trail. */
const findingsShown = 10

const actor: Actor = { id: 'system:command-line', role: 'administrator' }

/** `whistle clock [--instance NAME]`: exit code 0 where the clock is sound, 1 where there is a fault */
export const clockCommand: Command = async ({ args, env }) => {
  const { values } = readArguments(args, instanceOption)
  return withDatabase({ instance: values.instance, env }, (database) => showClock(database, env))
}

/** `whistle clock accept --reason REASON [--instance NAME]` */
export const clockAcceptCommand: Command = async ({ args, env }) => {
  const { values } = readArguments(args, { ...instanceOption, reason: { type: 'string' } })
  const reason = acceptanceReasons.find((known) => known === values.reason)
  if (reason === undefined) throw new UsageError(`--reason must be one of ${acceptanceReasons.join(', ')}.`)
  return withDatabase({ instance: values.instance, env }, async (database) => {
    // Nobody retries this under the same key: each call is a request of its own.
    const request = requestKeyOf({
      method: 'POST',
      url: '/v1/clock/accept',
      actor,
      headers: { 'idempotency-key': uuidv7() },
      submittedBody: { reason },
    })
    try {
      await acceptClock(
        { db: database.db, readClock: readDatabaseClock },
        { actor, request, reason, ifMatch: undefined },
      )
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      console.error(problemKinds[error.code].title[languageOf(env)])
      return 1
    }
    return showClock(database, env)
  })
}

async function showClock({ db }: OpenDatabase, env: NodeJS.ProcessEnv): Promise<number> {
  const sample = await sampleDatabaseClock(db)
  console.log(formatClock(sample, await findClockFindings(db, findingsShown), languageOf(env)))
  return sample.offsetMs === null ? 0 : 1
}
