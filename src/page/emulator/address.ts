/** The path of the page without its last slash: that of the emulator, or of a sandbox; empty at the root. */
export const BASE_PATH = location.pathname.replace(/\/+$/, '')

/** The address of the emulator or sandbox that is shown: what a client is given as its `url`. */
export const BASE_URL = location.origin + BASE_PATH

const [, ROOT_PATH = '', SANDBOX] = /^(.*?)(?:\/sandboxes\/([^/]+))?$/.exec(BASE_PATH) ?? []

/** The name of the sandbox that is shown; undefined for the default one. */
export const SANDBOX_NAME: string | undefined = SANDBOX

/** The address of the emulator itself, whose control API lists the sandboxes. */
export const ROOT_URL = location.origin + ROOT_PATH

/** The path of the page of a sandbox. @param name undefined for the default one */
export const pageOf = (name: string | undefined): string =>
  name === undefined ? `${ROOT_PATH}/` : `${ROOT_PATH}/sandboxes/${name}/`
