import { readDatabaseClock } from '../database/clock.ts'
import { formatDiagnosis } from '../doctor/format-diagnosis.ts'
import { runDoctor } from '../doctor/run-doctor.ts'
import { type Command, readArguments } from './command.ts'
import { instanceOption, withDatabase } from './command-database.ts'
import { languageOf } from './language.ts'

const options = { ...instanceOption, json: { type: 'boolean', default: false } } as const

export const doctorCommand: Command = {
  usage: 'doctor [--json] [--instance NAME]',
  purpose: 'Check the invariants and the settings that durability needs; exit code 0 or 1 (体检)',
  async run({ args, env }) {
    const { values } = readArguments(args, options)
    const diagnosis = await withDatabase({ instance: values.instance, env }, ({ db }) =>
      runDoctor({ db, readClock: readDatabaseClock }),
    )
    console.log(
      values.json ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis, languageOf(env)),
    )
    return diagnosis.ok ? 0 : 1
  },
}
