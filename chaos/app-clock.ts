import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian's package libfaketime, and others', put the library for programs with threads. */
const folders = ['/usr/lib', ...archFolders('/usr/lib'), '/usr/local/lib', '/usr/lib64'].map((folder) =>
  join(folder, 'faketime'),
)

function archFolders(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(folder, name))
    : []
}

/** The clock of one program, which can be moved while it runs. */
export interface AppClock {
  /** What the program's environment needs for it. */
  readonly environment: Readonly<Record<string, string>>
  /** Moves the program's wall clock by so much from the true one. */
  move(offsetMs: number): void
}

/** The library that moves clocks (Debian: apt-get install faketime), or undefined where the machine has none. */
export function findFaketime(): string | undefined {
  return folders.map((folder) => join(folder, 'libfaketimeMT.so.1')).find((path) => existsSync(path))
}

/**
 * Gives a program a clock that a file moves. The monotonic clock stays what it is: it times every timer and every bound,
 * and no machine's clock is set by moving that one.
 */
export function createAppClock(library: string, file: string): AppClock {
  const move = (offsetMs: number): void => {
    const seconds = Math.round(offsetMs / 1_000)
    writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  }
  move(0)
  return {
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      // The file is looked at once a second.
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    move,
  }
}
