import { createBrowserTransport } from '../../client/browser-transport.js'
import { createMethods } from '../../client/methods.js'
import { BASE_URL, ROOT_URL } from './address.js'
import { token } from './token.js'

const clientAt = (url: string) => createMethods(createBrowserTransport({ url, controlToken: () => token.peek() }))

/** The client of the emulator or sandbox that is shown: the same methods as in a script. */
export const client = clientAt(BASE_URL)

/** The client of the emulator itself, for its sandboxes. */
export const rootClient = clientAt(ROOT_URL)
