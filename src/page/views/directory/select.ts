import { setParameters } from '../../route.js'
import { KINDS, type Kind } from './nodes.js'

/** Opens something of the directory; undefined closes what is open. */
export const select = (kind: Kind | undefined, id: string): void =>
  setParameters({ ...Object.fromEntries(KINDS.map(one => [one, undefined])), ...(kind && { [kind]: id }) })
