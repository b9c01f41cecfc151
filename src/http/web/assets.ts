import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The media types of the page's files, by the end of their names. Names of other forms are never read. */
const TYPES: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml'
}

/** A file of the page, as it is served. */
export interface Asset {
  type: string
  /** A strong validator: it differs when the contents differ. */
  etag: string
  plain: Buffer
  gzipped: Buffer
}

/** Reads a file of the page by its name; undefined when there is none of that name. */
export type FindAsset = (name: string) => Promise<Asset | undefined>

/**
 * Each file is read and compressed when it is first requested, so that a start does not pay for the page.
 * @param folder of the built page
 */
export function createAssets(folder: string): FindAsset {
  const assets = new Map<string, Promise<Asset | undefined>>()
  let names: Promise<string[]> | undefined
  return async name => {
    const type = TYPES[/^[\w-]+\.(\w+)$/.exec(name)?.[1] ?? '']
    if (type === undefined) return undefined
    names ??= listFiles(folder)
    const found = await names
    if (found.length === 0) names = undefined // it may be built later
    if (!found.includes(name)) return undefined
    const reading = assets.get(name) ?? readAsset(join(folder, name), type)
    assets.set(name, reading)
    return reading
  }
}

// Node's modules are imported here, because nothing else of a start needs them.
async function listFiles(folder: string): Promise<string[]> {
  const { readdir } = await import('node:fs/promises')
  return readdir(folder).catch(() => []) // the page was not built
}

async function readAsset(path: string, type: string): Promise<Asset | undefined> {
  const [{ readFile }, { gzip }] = await Promise.all([import('node:fs/promises'), import('node:zlib')])
  try {
    const plain = await readFile(path)
    const gzipped = await promisify(gzip)(plain, { level: 9 })
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
    return { type, etag, plain, gzipped }
  } catch {
    return undefined // it was removed, or cannot be read
  }
}
