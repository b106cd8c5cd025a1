import { configVariables } from './config-variables.ts'

/** The content of `.env.example`: every variable with its default, as a comment. */
export function envExample(): string {
  const blocks = configVariables.map(({ name, byDefault, secret, description }) => {
    const fileHint = secret ? ` Or ${name}_FILE=/path/of/a/file.` : ''
    return [
      `# ${description.en}${fileHint}`,
      `# ${description.zh}`,
      `# ${name}=${isLiteral(byDefault) ? byDefault : ''}`,
    ].join('\n')
  })
  return `${['# What is not set has the default that the README names.', ...blocks].join('\n\n')}\n`
}

/** The rows of the README's configuration table, without its head, in one of the two languages. */
export function configTable(language: 'zh' | 'en'): string {
  return configVariables
    .map(({ name, byDefault, secret, description }) => {
      const shown = secret ? `\`${name}\`, \`${name}_FILE\`` : `\`${name}\``
      return `| ${shown} | ${isLiteral(byDefault) ? `\`${byDefault}\`` : wordFor(byDefault, language)} | ${description[language]} |`
    })
    .join('\n')
}

const chineseWords = new Map([
  ['own instance', '自带实例'],
  ['the log', '日志'],
  ['none', '无'],
])

function wordFor(byDefault: string, language: 'zh' | 'en'): string {
  return language === 'zh' ? (chineseWords.get(byDefault) ?? byDefault) : byDefault
}

/** Whether a default is a value that could be written into the variable, not words about where it comes from. */
function isLiteral(byDefault: string): boolean {
  return !chineseWords.has(byDefault) && byDefault !== 'DATABASE_URL'
}
