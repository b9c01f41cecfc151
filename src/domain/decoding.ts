/**
 * The text of bytes in UTF-8; undefined when they are not.
 * @param isCut whether the last character may be incomplete
 * @param keepsMark whether a byte order mark is part of the text
 */
export function decodeUtf8(bytes: Uint8Array, { isCut = false, keepsMark = false } = {}): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: keepsMark }).decode(bytes, { stream: isCut })
  } catch {
    return undefined // TextDecoder throws a TypeError for malformed bytes
  }
}

/** The text of Base64 in either alphabet, read as UTF-8; empty when it is not Base64. */
export function decodeBase64(text: string): string {
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder().decode(Uint8Array.from(bytes, byte => byte.charCodeAt(0)))
  } catch {
    return '' // atob throws a DOMException for malformed Base64
  }
}

/** A text without its percent-encoding; unchanged when it is malformed. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A name or value of a form or query, in which `+` is a space; unchanged when it is malformed. */
export function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
