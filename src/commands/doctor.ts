import { readDatabaseClock } from '../database/clock.ts'
import { formatDiagnosis } from '../doctor/format-diagnosis.ts'
import { runDoctor } from '../doctor/run-doctor.ts'
import { type Command, readArguments } from './command.ts'
import { instanceOption, withDatabase } from './command-database.ts'
import { languageOf } from './language.ts'

const options = { ...instanceOption, json: { type: 'boolean', default: false } } as const

/** `whistle doctor [--json] [--instance NAME]` */
export const doctorCommand: Command = async ({ args, env }) => {
  const { values } = readArguments(args, options)
  const diagnosis = await withDatabase({ instance: values.instance, env }, ({ db }) =>
    runDoctor({ db, readClock: readDatabaseClock }),
  )
  console.log(values.json ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis, languageOf(env)))
  return diagnosis.ok ? 0 : 1
}
