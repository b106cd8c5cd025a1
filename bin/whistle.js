#!/usr/bin/env node
// Runs the sources through tsx where they are there, else the compiled program: an image holds only the latter, and a
// checkout must not run a dist/ that is older than its sources. All in this one process, so that signals reach it.
import { existsSync } from 'node:fs'

const sources = new URL('../src/cli.ts', import.meta.url)

if (existsSync(sources)) {
  const { register } = await import('tsx/esm/api')
  register()
  await import(sources.href)
} else {
  await import(new URL('../dist/src/cli.js', import.meta.url).href)
}
