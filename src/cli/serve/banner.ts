import type { ServeOptions } from '../../config.js'
import { CONTROL_PREFIX } from '../../schema/control-api/operation.js'

/** A server that is ready, for the ready line and the banner. */
export interface Ready {
  version: string
  url: string
  /** Replaces scheme and host in the links of answers. */
  publicUrl: string | undefined
  options: ServeOptions
  /** An absolute path; undefined when there is none. */
  settingsFile: string | undefined
  /** An absolute path, or `:memory:`. */
  database: string
  /** Whether the database was empty and now holds the fixtures. */
  seeded: boolean
  /** A valid token that is not secret: that of the package's default fixture. */
  publicToken: string | undefined
  /** Path of the file that clients trust over https. */
  certificate: string | undefined
  /** The control token, when it was generated. */
  controlToken: string | undefined
}

/** The ready line of `--json`. @source control-api.md "The ready line" */
export function renderReadyLine(ready: Ready, pid: number): string {
  const { url, database, options, seeded, certificate, controlToken } = ready
  const always = {
    ready: true,
    url,
    controlUrl: url + CONTROL_PREFIX,
    pid,
    database,
    fixtures: seeded ? options.fixtures : []
  }
  return `${JSON.stringify({ ...always, certificate, controlToken })}\n` // JSON.stringify leaves out undefined members
}

/** The lines that are printed without `--json`. */
export function renderBanner(ready: Ready): string {
  const { version, url, options, database, seeded, certificate, controlToken } = ready
  const contents = seeded ? `seeded with ${options.fixtures.join(', ')}` : 'existing state kept; --fresh empties it'
  const facts: [string, string | undefined][] = [
    ['page', pageLink(ready)],
    ['database', `${database} (${contents})`],
    ['settings file', ready.settingsFile],
    ['public URL', ready.publicUrl],
    ['API docs', `${url}${CONTROL_PREFIX}/docs`],
    ['certificate', certificate],
    ['control token', controlToken]
  ]
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : `  ${name.padEnd(14)}${value}`))
  return `uapi-emulator ${version} listens on ${url}\n\n${lines.join('\n')}\n\nTry it:\n\n${example(ready)}\n\nStop it with Ctrl+C.\n`
}

/** The address of the page. A token that was generated is part of it, and one that was set is never printed. */
const pageLink = ({ publicUrl, url, controlToken }: Ready): string =>
  `${publicUrl ?? url}/${controlToken === undefined ? '' : `#token=${controlToken}`}`

/** A curl command that works as it is printed. */
function example({ url, certificate, publicToken }: Ready): string {
  const isInMemory = certificate === undefined && url.startsWith('https:') // no file that curl could trust
  const trust = isInMemory ? ' --insecure' : certificate === undefined ? '' : ` --cacert '${certificate}'`
  if (publicToken === undefined) return `  curl${trust} ${url}${CONTROL_PREFIX}/health`
  const address = `${url}/uapi/extensions/@me/0003*210/phoneCallEvents`
  return `  curl${trust} -H 'Authorization: Bearer ${publicToken}' '${address}'`
}
