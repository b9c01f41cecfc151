import type { JSX } from 'preact'

/** Texts from outside that are longer are cut, with their length. */
const SHORT = 300

/** Characters that would be invisible, or would reorder the text around them. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * A text from outside: whatever it holds stays within it. Control and direction characters are shown by their code.
 * @param long shows all of it; otherwise it is cut after 300 characters
 */
export function Text({ value, long = false }: { value: string; long?: boolean }): JSX.Element {
  const shown = long ? value : value.slice(0, SHORT)
  const rest = value.length - shown.length
  return (
    <bdi class="text">
      {HIDDEN.test(shown) ? visible(shown, long) : shown}
      {rest > 0 && <span class="muted"> … {rest} more characters</span>}
    </bdi>
  )
}

/** The parts of a text, with hidden characters marked. Line breaks and tabs of a long text stay. */
function visible(text: string, keepsLines: boolean): (string | JSX.Element)[] {
  const parts: (string | JSX.Element)[] = []
  let plain = ''
  for (const character of text) {
    if (!HIDDEN.test(character) || (keepsLines && /[\n\r\t]/.test(character))) {
      plain += character
      continue
    }
    parts.push(plain, <span class="hidden-character">{nameOf(character)}</span>)
    plain = ''
  }
  return [...parts, plain]
}

const NAMES: Record<string, string> = { '\n': '⏎', '\r': '␍', '\t': '⇥', '\0': '␀' }

const nameOf = (character: string): string =>
  NAMES[character] ?? `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
