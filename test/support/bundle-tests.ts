import { mkdirSync, symlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { projectRoot } from '../../src/project-root.ts'

/**
 * Compiles test files, and whatever of ours they import, into a folder. A test's process so loads a few dozen files and needs
 * no loader, with which it would spend two seconds before its first assertion. Whatever tests start are programs as users
 * start them.
 *
 * @param files relative to the project
 * @returns where a compiled file is found
 */
export async function bundleTests(
  files: readonly string[],
  folder: string,
): Promise<(file: string) => string> {
  mkdirSync(folder)
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'))
  await build({
    absWorkingDir: projectRoot,
    entryPoints: [...files],
    outdir: folder,
    outbase: projectRoot,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    sourcemap: true,
    sourcesContent: false,
    plugins: [originalPlaces],
    logLevel: 'warning',
  })
  return (file) => join(folder, file.replace(/\.ts$/, '.mjs'))
}

/** Lets a module go on finding what lies beside its source: programs to start, files to read. */
const originalPlaces: Plugin = {
  name: 'original-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      if (!source.includes('import.meta.')) return { contents: source, loader: 'ts' }
      const url = JSON.stringify(pathToFileURL(path).href)
      const place = `{ url: ${url}, resolve: (what) => what.startsWith('.') ? new URL(what, ${url}).href : import.meta.resolve(what) }`
      // On the first line, so that lines keep their numbers.
      const contents = `const importMeta = ${place}; ${source.replaceAll('import.meta.', 'importMeta.')}`
      return { contents, loader: 'ts' }
    })
  },
}
