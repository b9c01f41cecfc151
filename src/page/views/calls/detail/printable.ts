/** Characters that would be invisible, or would reorder the text around them. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * A text from outside for a drawing or a document, where it cannot be an element of its own: in one line, at most
 * `length` characters, hidden characters by their code.
 */
export function printable(text: string, length = 48): string {
  const shown = text.length > length ? `${text.slice(0, length)}…` : text
  return shown.replace(HIDDEN, character => `[${codeOf(character)}]`)
}

/** JSON whose hidden characters are escaped, so that a shell, an editor and a reviewer see what is there. */
export const printJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(HIDDEN, character =>
    // Only the line breaks between members are not part of a text: JSON escapes all others.
    character === '\n' ? character : [...Array(character.length).keys()].map(at => escapeUnit(character, at)).join('')
  )

const escapeUnit = (character: string, at: number): string =>
  `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`

const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
