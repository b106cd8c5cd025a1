import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isAlive, startMark } from './process-identity.ts'
import { makeServerFolder } from './service-folder.ts'

const FILE = 'supervisor.lock'
const holderSchema = z.object({ pid: z.number().int().positive(), startMark: z.string() })

/** A process that supervises a folder's servers. */
export type LockHolder = z.infer<typeof holderSchema>

/** Somebody alive holds the lock, so nothing in the folder may be touched. */
export class FolderInUse extends Error {
  readonly holder: LockHolder
  constructor(directory: string, holder: LockHolder) {
    super(`${directory} is in use by process ${holder.pid}.`)
    this.name = 'FolderInUse'
    this.holder = holder
  }
}

/** Who holds the lock of a folder and is alive, if anybody. A lock that a killed process left behind holds nothing. */
export function findLockHolder(directory: string): LockHolder | undefined {
  let text: string
  try {
    text = readFileSync(join(directory, FILE), 'utf8')
  } catch {
    return undefined
  }
  const holder = holderSchema.safeParse(parseQuietly(text)).data
  return holder !== undefined && isAlive(holder.pid) && startMark(holder.pid) === holder.startMark
    ? holder
    : undefined
}

/**
 * Takes the lock of a folder for this process, and makes the folder where it is missing.
 *
 * @returns a function that gives the lock back
 * @throws FolderInUse
 */
export function lockFolder(directory: string): () => void {
  makeServerFolder(directory)
  const file = join(directory, FILE)
  const mine = `${file}.${process.pid}`
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startMark: startMark(process.pid) }))
  try {
    // A link appears whole or not at all, and never replaces what is there. One retry follows a stale lock; whoever
    // comes first then has it.
    if (!linked(mine, file)) {
      const holder = findLockHolder(directory)
      if (holder !== undefined) throw new FolderInUse(directory, holder)
      discard(file)
      if (!linked(mine, file))
        throw new FolderInUse(directory, findLockHolder(directory) ?? { pid: 0, startMark: '' })
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => rmSync(file, { force: true })
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Moves a stale lock away first, so that of two processes that find it stale only one removes it. */
function discard(file: string): void {
  const stale = `${file}.stale.${process.pid}`
  try {
    renameSync(file, stale)
  } catch {
    return
  }
  rmSync(stale, { force: true })
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
