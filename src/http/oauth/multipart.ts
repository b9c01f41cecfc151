/**
 * Reads a multipart/form-data body of texts as clients write it: names with quotes and without, which is how .NET sends
 * them and the platform's own reader refuses them, parts with headers of their own, text before and after the parts.
 * @param body at most a few kilobytes
 * @returns the name and the value of each part, null for a file; undefined when it cannot be read
 * @source RFC 7578; RFC 2046 §5.1
 */
export function readMultipart(body: string, contentType: string): [string, string | null][] | undefined {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined) return undefined
  const [, ...sections] = `\r\n${body}`.split(`\r\n--${boundary}`) // before the first boundary nothing counts
  const end = sections.findIndex(section => section.startsWith('--'))
  if (end === -1) return undefined // a body without its end was cut off
  const parts = sections.slice(0, end).map(readPart)
  return parts.includes(undefined) ? undefined : parts.filter(part => part !== undefined)
}

function readPart(section: string): [string, string | null] | undefined {
  const [, head, value] = /^[ \t]*\r\n(.*?\r\n)\r\n(.*)$/s.exec(section) ?? []
  const [, disposition] = /^content-disposition:[ \t]*form-data[ \t]*(;.*)$/im.exec(head ?? '') ?? []
  const [, quoted, bare] = /;[ \t]*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(disposition ?? '') ?? []
  const name = quoted ?? bare
  if (name === undefined || value === undefined || disposition === undefined) return undefined
  return [name, /;[ \t]*filename\*?=/i.test(disposition) ? null : value]
}
