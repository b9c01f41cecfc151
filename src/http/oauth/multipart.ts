/**
 * Reads a multipart/form-data body. The reader is loaded with the first such body: most clients send forms.
 * @param body at most a few kilobytes
 * @returns the name and the value of each part, null for a file; undefined when it cannot be read
 */
export async function readMultipart(body: Buffer, contentType: string): Promise<[string, string | null][] | undefined> {
  const { Busboy } = await import('@fastify/busboy')
  return new Promise(done => {
    const parts: [string, string | null][] = []
    try {
      const reader = new Busboy({ headers: { 'content-type': contentType } })
      reader.on('field', (name, value) => parts.push([name, value]))
      reader.on('file', (name, file) => {
        parts.push([name, null])
        file.on('error', () => done(undefined)) // cut off; unheard, it would end the process
        file.resume()
      })
      reader.on('finish', () => done(parts))
      reader.on('error', () => done(undefined))
      reader.end(body)
    } catch {
      done(undefined) // it throws where the content type has no boundary
    }
  })
}
