import type { WriteStream } from 'node:tty'
import { cut } from './text-width.ts'

/** How often progress is told where a line cannot be drawn anew. */
const sparseEveryMs = 5_000
const widthDefault = 100

/** The colours of the show; they do nothing where the output takes none. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/** Where the show is seen. */
export interface Display {
  readonly style: Style
  readonly width: number
  /** Prints lines for good, above the progress. */
  print(...lines: readonly string[]): void
  /** Shows how far things are: on a terminal in one line that is drawn anew, elsewhere now and then in a line. */
  progress(text: string): void
  /** Takes the progress away. */
  clearProgress(): void
}

type Output = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'hasColors'>>

export function createDisplay(output: Output, now: () => number = () => performance.now()): Display {
  const live = output.isTTY === true
  const colour = live && output.hasColors?.() === true
  let shown = ''
  let toldAt = Number.NEGATIVE_INFINITY

  const painted = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)
  const erase = (): void => {
    if (live && shown !== '') output.write('\r\x1b[2K')
  }
  return {
    style: {
      bold: painted(1),
      dim: painted(2),
      red: painted(31),
      green: painted(32),
      yellow: painted(33),
      cyan: painted(36),
    },
    get width() {
      return output.columns ?? widthDefault
    },
    print(...lines) {
      erase()
      output.write(`${lines.join('\n')}\n`)
      if (live && shown !== '') output.write(shown)
    },
    progress(text) {
      if (live) {
        erase()
        shown = cut(text, (output.columns ?? widthDefault) - 1)
        output.write(shown)
      } else if (now() - toldAt >= sparseEveryMs) {
        toldAt = now()
        output.write(`${text}\n`)
      }
    },
    clearProgress() {
      erase()
      shown = ''
      toldAt = Number.NEGATIVE_INFINITY
    },
  }
}
