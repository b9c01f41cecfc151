/**
 * The form of an id: its length, its classes of characters, and its other characters. Ids of one generator have one form:
 * at twelve characters and more, a class of letters is hardly ever missing by chance. Digits are, so they count only
 * where there is nothing else.
 */
export function formOfId(id: string): string {
  if (id === '') return 'empty'
  const others = [...new Set(id.replace(/[A-Za-z0-9]/g, ''))].sort().join('')
  const outline = others === '' ? String(id.length) : id.replace(/[A-Za-z0-9]+/g, run => String(run.length))
  const letters = /[a-z]/i.test(id)
  const isShort = id.length < SHORT
  const cases =
    /[A-Z]/.test(id) && /[a-z]/.test(id) ? 'letters' : /[A-Z]/.test(id) ? 'capital letters' : 'small letters'
  const kind = letters ? (isShort ? 'letters and digits' : `${cases} and digits`) : 'digits'
  return others === '' ? `${outline} ${kind}` : `${kind}, as ${outline}`
}

const SHORT = 12

/** The form of a time, `YYYY-MM-DDThh:mm:ss+03:00`: its offset is a part of it. Undefined for other texts. */
export function formOfTime(text: string): string | undefined {
  const [, date = '', offset = ''] =
    /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? []
  if (date === '') return undefined
  const [year, rest = ''] = [date.slice(0, 4), date.slice(4)]
  return `${year.replace(/\d/g, 'Y')}${rest.replace(/\d/g, '0')}${offset}`
}

/** The path and query of an absolute address, which are compared; its scheme, host and port are not. */
export function pathOfAddress(text: string): string | undefined {
  const [, path] = /^https?:\/\/[^/?#]*(.*)$/is.exec(text) ?? []
  return path
}

/** The form of a CallID: `<epoch seconds>.<seven digits>`. */
export function formOfCallId(id: string): string {
  const [, seconds = '', fraction = ''] = /^(\d+)\.(\d+)$/.exec(id) ?? []
  return seconds === '' ? formOfId(id) : `${seconds.length}.${fraction.length} digits`
}
