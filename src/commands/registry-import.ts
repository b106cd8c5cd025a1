import { open } from 'node:fs/promises'
import { areaRegistry } from '../areas/area-registry.ts'
import { categoryRegistry } from '../categories/category-registry.ts'
import { RejectedRows } from '../csv/rejected-rows.ts'
import { readDatabaseClock } from '../database/clock.ts'
import { personRegistry } from '../people/person-registry.ts'
import { importRows } from '../registry/import-rows.ts'
import type { Registry } from '../registry/registry.ts'
import { responsibilityRegistry } from '../responsibilities/responsibility-registry.ts'
import { unitRegistry } from '../units/unit-registry.ts'
import { type Command, readArguments } from './command.ts'
import { instanceOption, withDatabase } from './command-database.ts'
import { languageOf } from './language.ts'

const nothingImported = {
  zh: '共 {count} 处错误，未导入任何内容。',
  en: 'Nothing was imported: {count} faults.',
}

/** `whistle areas import FILE.csv [--retire-missing] [--instance NAME]` */
export const areasImportCommand: Command = async ({ args, env }) => {
  const options = { ...instanceOption, 'retire-missing': { type: 'boolean', default: false } } as const
  const { values, positionals } = readArguments(args, options, { min: 1, max: 1 })
  const [path = ''] = positionals
  const retireMissing = values['retire-missing']
  return importFile({ registry: areaRegistry, path, instance: values.instance, env, retireMissing })
}

/** `whistle <registry> import FILE.csv [--instance NAME]` */
function importCommand(registry: Registry): Command {
  return async ({ args, env }) => {
    const { values, positionals } = readArguments(args, instanceOption, { min: 1, max: 1 })
    const [path = ''] = positionals
    return importFile({ registry, path, instance: values.instance, env, retireMissing: false })
  }
}

export const unitsImportCommand = importCommand(unitRegistry)
export const categoriesImportCommand = importCommand(categoryRegistry)
export const peopleImportCommand = importCommand(personRegistry)
export const responsibilitiesImportCommand = importCommand(responsibilityRegistry)

interface FileImport {
  readonly registry: Registry
  readonly path: string
  readonly instance: string | undefined
  readonly env: NodeJS.ProcessEnv
  readonly retireMissing: boolean
}

async function importFile({ registry, path, instance, env, retireMissing }: FileImport): Promise<number> {
  try {
    const source = await readFile(path)
    const { rows, changed, treeVersion } = await withDatabase({ instance, env }, ({ db }) =>
      importRows({ db, readClock: readDatabaseClock }, registry, source, {
        actor: { id: 'system:command-line', role: 'administrator' },
        retireMissing,
      }),
    )
    console.log(
      `${rows} rows read${treeVersion === undefined ? '' : `; the tree is at version ${treeVersion}`}.`,
    )
    for (const [kind, count] of Object.entries(changed)) console.log(`  ${kind}: ${count}`)
    return 0
  } catch (error) {
    if (!(error instanceof RejectedRows)) throw error
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
 * @throws RejectedRows where it cannot be read
 */
async function readFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    const file = await open(path)
    if (!(await file.stat()).isDirectory()) return file.createReadStream()
    await file.close()
  } catch {
    // Why it cannot be opened, whoever named it sees best for themselves.
  }
  throw new RejectedRows([
    { line: null, detail: { zh: `文件无法读取：${path}`, en: `The file cannot be read: ${path}` } },
  ])
}
