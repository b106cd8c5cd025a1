import { open } from 'node:fs/promises'
import { importAreas } from '../areas/import-areas.ts'
import { RejectedFile } from '../csv/rejected-file.ts'
import { readDatabaseClock } from '../database/clock.ts'
import { type Command, readArguments } from './command.ts'
import { instanceOption, withDatabase } from './command-database.ts'
import { languageOf } from './language.ts'

const options = { ...instanceOption, 'retire-missing': { type: 'boolean', default: false } } as const

const nothingImported = {
  zh: '共 {count} 处错误，未导入任何内容。',
  en: 'Nothing was imported: {count} faults.',
}

/** `whistle areas import FILE.csv [--retire-missing] [--instance NAME]` */
export const areasImportCommand: Command = async ({ args, env }) => {
  const { values, positionals } = readArguments(args, options, { min: 1, max: 1 })
  const [file = ''] = positionals
  try {
    const source = await readFile(file)
    const result = await withDatabase({ instance: values.instance, env }, ({ db }) =>
      importAreas({ db, readClock: readDatabaseClock }, source, {
        actor: { id: 'system:command-line', role: 'administrator' },
        retireMissing: values['retire-missing'],
      }),
    )
    console.log(`${result.rows} rows read; the tree is at version ${result.treeVersion}.`)
    for (const [kind, count] of Object.entries(result.changed)) console.log(`  ${kind}: ${count}`)
    return 0
  } catch (error) {
    if (!(error instanceof RejectedFile)) throw error
    const language = languageOf(env)
    for (const { line, column, detail } of error.faults) {
      console.error([line ?? '-', column ?? '-', detail[language]].join('\t'))
    }
    console.error(nothingImported[language].replace('{count}', String(error.faultCount)))
    return 1
  }
}

/**
 * A file's bytes as they are read.
 *
 * @throws RejectedFile where it cannot be read
 */
async function readFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    const file = await open(path)
    if (!(await file.stat()).isDirectory()) return file.createReadStream()
    await file.close()
  } catch {
    // Why it cannot be opened, whoever named it sees best for themselves.
  }
  throw new RejectedFile([
    { line: null, detail: { zh: `文件无法读取：${path}`, en: `The file cannot be read: ${path}` } },
  ])
}
