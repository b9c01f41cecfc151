/**
 * Escapes characters with which received data could control a terminal, `\x1b` and `\u202e`: control characters, line
 * ends, marks of direction and characters without a width. Line feeds stay with `keep`.
 */
export const escapeControls = (text: string, keep = ''): string =>
  text.replace(CONTROLS, control => (keep.includes(control) ? control : escapeOf(control)))

/** Lets only line feeds and the codes of styles pass to a terminal; escapes every other control character. */
export const escapeForTerminal = (text: string): string =>
  text
    .split(STYLE_CODE)
    .map((part, index) => (index % 2 === 1 ? part : escapeControls(part, '\n')))
    .join('')

const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are escaped
  /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g

// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins the code of a style
const STYLE_CODE = /(\u001b\[\d{1,2}m)/

function escapeOf(control: string): string {
  const code = control.charCodeAt(0).toString(16)
  return control < '\u0100' ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
}
