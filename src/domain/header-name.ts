/** `www-authenticate` as `WWW-Authenticate`. */
export function canonicalName(name: string): string {
  let known = names.get(name)
  if (known === undefined) {
    known = IRREGULAR.get(name.toLowerCase()) ?? name.replace(/(?<![A-Za-z0-9])[a-z]/g, letter => letter.toUpperCase())
    // The names are ours and few; were they a request's, this would grow without end.
    names.set(name, known)
  }
  return known
}

const names = new Map<string, string>()

const IRREGULAR = new Map(
  ['WWW-Authenticate', 'ETag', 'Content-MD5', 'TE', 'DNT'].map(name => [name.toLowerCase(), name])
)
