import { readFileSync, statSync } from 'node:fs'
import { StartRefused } from './start-refused.ts'

/** A user of the operating system that a server runs as; `undefined` stands for the one who started us. */
export interface ServerUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Tried in this order. Both exist on Debian without any useradd: postgres with its package, nobody always. */
const CANDIDATES = ['postgres', 'nobody']

/** Whether this process is root, under which Postgres refuses to run. */
export function runsAsRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * Whom to run servers as. An ordinary user runs them itself (`undefined`); root gives them to an existing unprivileged
 * user. Data that is there already keeps its owner, whoever has been added to the machine since.
 *
 * @param data a server's data folder, which need not exist yet
 * @throws StartRefused where root finds no user to step down to
 */
export function serverUserFor(data: string): ServerUser | undefined {
  if (!runsAsRoot()) return undefined
  const users = readUsers()
  const owner = statSync(data, { throwIfNoEntry: false })?.uid
  const keeper = owner === undefined || owner === 0 ? undefined : users.find((user) => user.uid === owner)
  const found = keeper ?? CANDIDATES.map((name) => users.find((user) => user.name === name)).find(Boolean)
  if (found === undefined)
    throw new StartRefused(
      `Postgres does not run as root, and this machine has none of the users ${CANDIDATES.join(', ')} to run it as. ` +
        'Start as an ordinary user, or set DATABASE_URL.',
    )
  return found
}

function readUsers(): ServerUser[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }))
    .filter((user) => user.name !== '' && user.uid > 0 && Number.isInteger(user.gid))
}
