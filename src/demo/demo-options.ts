import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type FaultName, faultNames } from './faults.ts'

export const usage = `吹哨报到演示 The show
  npm run demo                       自编案例（中文） our own cases, in Chinese
  npm run demo -- --cases FILE       波士顿 311 格式的真实案例 real cases in the format of Boston's 311
  npm run demo -- --fault NAME       故障下结论不变 the same verdicts with a fault: ${faultNames.join(' | ')}
  --first N                          只演练前 N 个案例 only the first N cases
  --pace X                           所有时限乘以 X scales every limit (0.4 to 10)
  --instance NAME                    实例名 name of the instance (demo)`

export interface DemoOptions {
  readonly casesFile: string | undefined
  readonly fault: FaultName | undefined
  readonly first: number | undefined
  readonly pace: number
  readonly instance: string
}

/** The show was called with words that it does not know. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions'
}

const schema = z.strictObject({
  cases: z.string().min(1).optional(),
  fault: z.enum(faultNames, { error: `--fault takes one of ${faultNames.join(', ')}` }).optional(),
  first: z.coerce.number({ error: '--first takes a number' }).int().min(1).max(1_000).optional(),
  /** Below 0.4 the shortest limits would all become the one second that a policy must give. */
  pace: z.coerce.number({ error: '--pace takes a number' }).min(0.4).max(10).default(1),
  instance: z.string().default('demo'),
  help: z.boolean().default(false),
})

/**
 * Reads the words of the command line; undefined where only help is wanted.
 *
 * @throws WrongOptions
 */
export function readDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const { cases: casesFile, fault, first, pace, instance, help } = parseWords(args)
  return help ? undefined : { casesFile, fault, first, pace, instance }
}

function parseWords(args: readonly string[]): z.output<typeof schema> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        cases: { type: 'string' },
        fault: { type: 'string' },
        first: { type: 'string' },
        pace: { type: 'string' },
        instance: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return schema.parse({ ...values })
  } catch (error) {
    if (error instanceof z.ZodError)
      throw new WrongOptions(error.issues.map(({ message }) => message).join('; '))
    throw new WrongOptions(error instanceof Error ? error.message : String(error))
  }
}
