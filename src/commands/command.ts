import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** What a command is given: its own words, and the environment. */
export interface CommandInput {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** What one command of `whistle` does. It returns the process' exit code. */
export type Command = (input: CommandInput) => Promise<number>

/** The command was called with words that it does not know. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Reads a command's options and words.
 *
 * @throws UsageError for an unknown option, or for a number of words that the command does not take
 */
export function readArguments<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  words: { readonly min: number; readonly max: number } = { min: 0, max: 0 },
) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
    if (parsed.positionals.length >= words.min && parsed.positionals.length <= words.max) return parsed
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  throw new UsageError('That is not what this command takes.')
}
