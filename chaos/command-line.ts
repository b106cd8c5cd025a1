/** What `read` makes of the command line. Where that is not usable, the process says why and how it is used, and ends with 2. */
export function readOrTellUsage<Options>(read: () => Options, usage: string): Options {
  try {
    return read()
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`)
    process.exit(2)
  }
}

/** @throws Error that names the option */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0)
    throw new Error(`${option} must be a whole number, not “${text}”`)
  return number
}
