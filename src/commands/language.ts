import { type Language, preferredLanguage } from '../wording/wording.ts'

/** The language of a terminal by its locale (POSIX: LC_ALL, LC_MESSAGES, LANG), such as zh_CN.UTF-8. */
export function languageOf(env: NodeJS.ProcessEnv): Language {
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '')
  const [tag = ''] = (locale ?? '').split('.')
  return preferredLanguage(tag.replaceAll('_', '-'))
}
