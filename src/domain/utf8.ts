/** The text of bytes in UTF-8; undefined when they are not. @param isCut whether a character may be cut off at the end */
export function decodeUtf8(bytes: Uint8Array, { isCut = false } = {}): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return undefined // TypeError is how the platform says that it cannot decode
  }
}
